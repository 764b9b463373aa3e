"""From the other services' events to changes of intake's copies."""

from typing import Any

from services.intake.copies.rules import (
    ClockChange,
    ClockCopy,
    Figure,
    MessageChange,
    MessageCopy,
    PendingExtension,
    RemedyChange,
    RemedyCopy,
)
from shared.contracts import notify, settlement, sla
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import Envelope
from shared.kernel.ids import CaseId
from shared.kernel.money import Money
from shared.kernel.text import Text


def clock_change(event: Envelope[Any]) -> ClockChange:
    """The clock as an event of sla leaves it."""
    clock: sla.ClockFacts = event.data
    state = _clock_state(clock)
    copy = ClockCopy(
        clock_id=clock.clock_id,
        clock=clock.clock,
        label_zh=clock.label.zh,
        label_en=clock.label.en,
        state=state or "running",
        started_at=clock.started_at,
        due_at=clock.due_at,
        breached=isinstance(clock, sla.ClockBreachedV1),
        cite=clock.cite,
        pending_extension=_pending_extension(clock),
    )
    # The rule of a request is that of extending; the rule under which the clock is due stays until one is granted.
    requests = isinstance(clock, sla.ExtensionRequestedV1 | sla.ExtensionRejectedV1)
    kept = {"state": state is None, "cite": requests, "pending_extension": not _decides_extension(clock)}
    return ClockChange(
        org=event.org,
        case_id=CaseId(clock.case_id),
        version=event.version,
        copy=copy,
        unchanged=frozenset(name for name, is_kept in kept.items() if is_kept),
    )


def _clock_state(event: sla.ClockFacts) -> str | None:
    """The state in which a clock is after the event; None where the event leaves it."""
    match event:
        case sla.ClockStartedV1():
            return "running"
        case sla.ClockStoppedV1():
            return "met" if event.met else "missed"
        case sla.ClockCancelledV1():
            return "cancelled"
        case _:
            return None


def _pending_extension(event: sla.ClockFacts) -> PendingExtension | None:
    """The request that waits for its decision after the event."""
    match event:
        case sla.ExtensionRequestedV1():
            return PendingExtension(
                extension_id=event.extension_id,
                proposed_due_at=event.proposed_due_at,
                approver_role=event.approver_role,
                requested_by=event.actor.subject,
            )
        case _:
            return None


def _decides_extension(event: sla.ClockFacts) -> bool:
    """Whether the event opens or ends a request for extension; a clock that ends lets its request lapse."""
    match event:
        case (
            sla.ExtensionRequestedV1()
            | sla.ExtensionRejectedV1()
            | sla.ClockExtendedV1()
            | sla.ClockStoppedV1()
            | sla.ClockCancelledV1()
        ):
            return True
        case _:
            return False


def remedy_change(event: Envelope[Any]) -> RemedyChange:
    """The remedy as an event of settlement leaves it."""
    remedy: settlement.RemedyFacts = event.data
    state = EVENTS[type(remedy)].state
    copy = RemedyCopy(
        remedy_id=remedy.remedy_id,
        remedy=remedy.remedy,
        mode=remedy.mode,
        state=state or "quoted",
        amount_minor=remedy.amount.minor,
        currency=remedy.amount.currency,
        quantity=remedy.quantity,
        unit=remedy.unit,
        returned=remedy.returned if isinstance(remedy, settlement.RemedyGoodsReturnedV1) else None,
        released=remedy.released if isinstance(remedy, settlement.RemedyReplacementReleasedV1) else None,
        cite=remedy.cite,
        at=event.occurred_at,
        figures={name: _figure(figure) for name, figure in remedy.figures.items()},
        missing_approvals=_missing_approvals(remedy),
    )
    return RemedyChange(
        org=event.org,
        case_id=CaseId(remedy.case_id),
        version=event.version,
        copy=copy,
        unchanged=frozenset() if state else frozenset({"state", "missing_approvals"}),
    )


def _figure(figure: settlement.FigureV1) -> Figure:
    paid = figure.amount
    amount = None if paid is None else Money(minor=paid.minor, currency=paid.currency)
    label = Text(zh=figure.label.zh, en=figure.label.en)
    return Figure(label=label, value=figure.value, amount=amount, unit=figure.unit)


def _missing_approvals(event: settlement.RemedyFacts) -> tuple[str, ...]:
    """The roles that have to approve the remedy after the event."""
    match event:
        case settlement.RemedyAcceptedV1() | settlement.RemedyApprovalRecordedV1():
            return tuple(event.remaining)
        case _:
            return ()


def message_change(event: Envelope[Any]) -> MessageChange:
    """The message as an event of notify leaves it."""
    message: notify.MessageFacts = event.data
    handled_by, deliver_by, repeats_at = None, None, None
    match message:
        case notify.MessageToDoV1():
            handled_by, deliver_by = message.handled_by, message.deliver_by
        case notify.MessageOutcomeUnknownV1():
            repeats_at = message.repeats_at
    copy = MessageCopy(
        message_id=message.message_id,
        rule=message.rule,
        on_event=message.on,
        recipient=message.recipient,
        channel=message.channel,
        state=str(EVENTS[type(message)].state),
        at=event.occurred_at,
        cite=message.cite,
        handled_by=handled_by,
        deliver_by=deliver_by,
        repeats_at=repeats_at,
    )
    return MessageChange(org=event.org, case_id=CaseId(message.case_id), version=event.version, copy=copy)
