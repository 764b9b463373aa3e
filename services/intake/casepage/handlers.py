"""What intake does with the other services' events: keep a copy for the case page, write the history, react."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.intake.cases.rules.history import Source, TimelineEntry
from services.intake.cases.store.cases import Pin, pins_of
from services.intake.cases.store.history import add_entries
from services.intake.copies.handlers import clock_change, message_change, remedy_change
from services.intake.copies.store import show_clock, show_messages, show_remedy
from services.intake.tasks.store import with_messages_to_do
from services.intake.tasks.use_cases.refresh_tasks import refresh_tasks
from services.intake.workflow.use_cases.react import ReactToEvent, react
from shared.contracts import notify, settlement, sla
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import ActorV1, Contract, Envelope
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text
from shared.kernel.text import Text
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler, Handlers, caused_by
from shared.platform.organisation_clock import organisation_now

_WARNED_LATE: Final = Text(zh="到期后才预警", en="Warned after the due instant")


async def on_events(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Clocks started, moved, were missed; remedies were offered, decided, paid; messages were sent or not.

    A step that the pack has the system take upon an event sees no later one: few packs wait for a message that was
    sent (a call that was made). The tasks of the cases are worked out once, from what all the events say, and last:
    only for that the cases are locked, and requests about them wait.
    """
    cases = {_case(event) for event in events}
    changed = {_case(event) for event in events if not isinstance(event.data, notify.MessageSentV1)}
    pins = await pins_of(tx, cases)
    shown: list[Envelope[Any]] = []
    for event in events:
        shown.append(event)
        if (pin := pins.get(_case(event))) is not None and await _waited_for(tx, event, pin):
            await _show(tx, shown)
            shown.clear()
            with caused_by(event):
                await react(tx, _happened(event), now=await organisation_now(tx, event.org))
    if shown:
        await _show(tx, shown)
    await refresh_tasks(tx, {*changed, *await with_messages_to_do(tx, cases - changed)})


async def _show(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Copies and lines of history."""
    messages = [message_change(event) for event in events if isinstance(event.data, notify.MessageFacts)]
    for event in events:
        if isinstance(event.data, sla.ClockFacts):
            await show_clock(tx, clock_change(event))
        elif isinstance(event.data, settlement.RemedyFacts):
            await show_remedy(tx, remedy_change(event))
    if messages:
        await show_messages(tx, messages)
    clocks = {org: await organisation_now(tx, org) for org in {event.org for event in events}}
    await add_entries(tx, [(*_case(event), _entry(event, now=clocks[event.org])) for event in events])


def _case(event: Envelope[Any]) -> tuple[OrgId, CaseId]:
    return event.org, CaseId(event.data.case_id)


async def _waited_for(tx: Transaction, event: Envelope[Any], pin: Pin) -> bool:
    policy = await pinned(tx, org=event.org, pack=pin.pack, version=pin.version)
    return policy.intake.waits_for(event.data.milestone())


def _details(event: Envelope[Any]) -> tuple[Source, Mapping[str, Any]]:
    """Who says it, and what of it is kept in the history."""
    match event.data:
        case sla.ClockFacts() as clock:
            return "sla", {"clock": clock.clock, "due_at": instant_text(clock.due_at)}
        case settlement.RemedyFacts() as remedy:
            amount = {"amount_minor": remedy.amount.minor, "currency": remedy.amount.currency}
            return "settlement", {
                "remedy": remedy.remedy,
                **amount,
                "quantity": remedy.quantity,
                **_words_of_erp(remedy),
            }
        case notify.MessageFacts() as message:
            names = {"rule": message.rule, "on": message.on, "recipient": message.recipient}
            return "notify", {**names, "channel": message.channel, **_what_follows(message)}
        case _:
            raise TypeError("an event that intake keeps no copy of")


def _is_late(data: Contract) -> bool:
    """True for a warning that could not be told before the due instant."""
    return isinstance(data, sla.ClockWarnedV1) and data.late


def _what_follows(message: notify.MessageFacts) -> dict[str, Any]:
    """When a message of unknown outcome is handed over once more; null: a person finds out."""
    match message:
        case notify.MessageOutcomeUnknownV1(repeats_at=at):
            return {"repeats_at": instant_text(at) if at else None}
        case _:
            return {}


def _words_of_erp(remedy: settlement.RemedyFacts) -> dict[str, Any]:
    """Why a payment is not there, in the words that settlement kept of the ERP's; people read them on the timeline."""
    match remedy:
        case settlement.RemedyPayoutInDoubtV1():
            return {"reason": remedy.reason, "quarantined": remedy.quarantined}
        case settlement.RemedyPayoutFailedV1() | settlement.RemedyPayoutReversedV1():
            return {"code": remedy.code, "reason": remedy.reason}
        case _:
            return {}


def _entry(event: Envelope[Any], *, now: datetime) -> TimelineEntry:
    data = event.data
    source, details = _details(event)
    row = EVENTS[type(data)]
    label = _WARNED_LATE if _is_late(data) else row.label or Text(zh=row.name, en=row.name)
    return TimelineEntry(
        entry_id=event.id,
        at=event.occurred_at,
        recorded_at=now,
        source=source,
        what=data.milestone(),
        label_zh=label.zh,
        label_en=label.en,
        actor=_actor(data),
        cite=data.cite,
        milestone=row.is_milestone_of("intake"),
        details=details,
    )


def _actor(data: Contract) -> Actor:
    actor = getattr(data, "actor", None)
    return actor.actor() if isinstance(actor, ActorV1) else SYSTEM


def _happened(event: Envelope[Any]) -> ReactToEvent:
    org, case_id = _case(event)
    return ReactToEvent(
        org=org,
        case_id=case_id,
        event=event.data.milestone(),
        data=event.data.model_dump(mode="json"),
        at=event.occurred_at,
    )


_ON_EVENTS: Final = BatchHandler(on_events)
HANDLERS: Final[Handlers] = {
    sla.ClockFacts: _ON_EVENTS,
    settlement.RemedyFacts: _ON_EVENTS,
    notify.MessageFacts: _ON_EVENTS,
}
