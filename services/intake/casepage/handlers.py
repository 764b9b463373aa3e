"""What intake does with the other services' events: keep a copy for the case page, write the history, react."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from services.intake.cases.rules.history import Source, TimelineEntry
from services.intake.cases.store.cases import Pin, pins_of
from services.intake.cases.store.history import add_entry
from services.intake.copies.handlers import clock_change, message_change, remedy_change
from services.intake.copies.store import show_clock, show_messages, show_remedy
from services.intake.tasks.store import with_messages_to_do
from services.intake.tasks.use_cases.refresh_tasks import refresh_tasks
from services.intake.workflow.use_cases.react import ReactToEvent, react
from shared.contracts import notify, settlement, sla
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import ActorV1, Contract, Envelope
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.ids import CaseId
from shared.kernel.instants import instant_text
from shared.kernel.text import Text
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler, Handlers, caused_by
from shared.platform.organisation_clock import organisation_now

C = TypeVar("C", bound=Contract)


async def on_clock(tx: Transaction, event: Envelope[sla.ClockFacts]) -> None:
    """A clock started, moved, warned, was missed or stopped."""
    clock = event.data
    now = await organisation_now(tx, event.org)
    await show_clock(tx, clock_change(event))
    details = {"clock": clock.clock, "due_at": instant_text(clock.due_at)}
    entry = _entry(event, "sla", cite=clock.cite, now=now, details=details)
    await add_entry(tx, entry, org=event.org, case_id=CaseId(clock.case_id))
    await react(tx, _happened(event, clock.case_id), now=now)
    await refresh_tasks(tx, org=event.org, case_id=CaseId(clock.case_id), now=now, is_locked=False)


async def on_remedy(tx: Transaction, event: Envelope[settlement.RemedyFacts]) -> None:
    """A remedy was quoted, offered, decided, paid."""
    remedy = event.data
    now = await organisation_now(tx, event.org)
    await show_remedy(tx, remedy_change(event))
    details = {
        "remedy": remedy.remedy,
        "amount_minor": remedy.amount.minor,
        "currency": remedy.amount.currency,
        "quantity": remedy.quantity,
        **_words_of_erp(remedy),
    }
    entry = _entry(event, "settlement", cite=remedy.cite, now=now, details=details)
    await add_entry(tx, entry, org=event.org, case_id=CaseId(remedy.case_id))
    await react(tx, _happened(event, remedy.case_id), now=now)
    await refresh_tasks(tx, org=event.org, case_id=CaseId(remedy.case_id), now=now, is_locked=False)


def _words_of_erp(remedy: settlement.RemedyFacts) -> dict[str, Any]:
    """Why a payment is not there, in the words that settlement kept of the ERP's; people read them on the timeline."""
    match remedy:
        case settlement.RemedyPayoutInDoubtV1():
            return {"reason": remedy.reason, "quarantined": remedy.quarantined}
        case settlement.RemedyPayoutFailedV1() | settlement.RemedyPayoutReversedV1():
            return {"code": remedy.code, "reason": remedy.reason}
        case _:
            return {}


async def on_messages_sent(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Messages were sent. They are shown together; few packs wait for one (a call that was made, say)."""
    clocks = {org: await organisation_now(tx, org) for org in {event.org for event in events}}
    await show_messages(tx, [(message_change(event), _message_entry(event, now=clocks[event.org])) for event in events])
    cases = {(event.org, CaseId(event.data.case_id)) for event in events}
    pins = await pins_of(tx, cases)
    for event in events:
        pin = pins.get((event.org, CaseId(event.data.case_id)))
        if pin is not None and await _waited_for(tx, event, pin):
            with caused_by(event):
                await react(tx, _happened(event, event.data.case_id), now=clocks[event.org])
    for org, case_id in await with_messages_to_do(tx, cases):
        await refresh_tasks(tx, org=org, case_id=case_id, now=clocks[org], is_locked=False)


async def _waited_for(tx: Transaction, event: Envelope[Any], pin: Pin) -> bool:
    policy = await pinned(tx, org=event.org, pack=pin.pack, version=pin.version)
    return policy.intake.waits_for(event.data.milestone())


async def on_message_not_sent(tx: Transaction, event: Envelope[notify.MessageFacts]) -> None:
    """A message waits for a person, was skipped or given up."""
    now = await organisation_now(tx, event.org)
    await show_messages(tx, [(message_change(event), _message_entry(event, now=now))])
    await react(tx, _happened(event, event.data.case_id), now=now)
    await refresh_tasks(tx, org=event.org, case_id=CaseId(event.data.case_id), now=now, is_locked=False)


def _message_entry(event: Envelope[Any], *, now: datetime) -> TimelineEntry:
    message: notify.MessageFacts = event.data
    details = {"rule": message.rule, "on": message.on, "recipient": message.recipient, "channel": message.channel}
    return _entry(event, "notify", cite=message.cite, now=now, details=details)


def _entry(
    event: Envelope[Any], source: Source, *, cite: str, now: datetime, details: Mapping[str, Any]
) -> TimelineEntry:
    data = event.data
    row = EVENTS[type(data)]
    label = row.label or Text(zh=row.name, en=row.name)
    return TimelineEntry(
        entry_id=event.id,
        at=event.occurred_at,
        recorded_at=now,
        source=source,
        what=data.milestone(),
        label_zh=label.zh,
        label_en=label.en,
        actor=_actor(data),
        cite=cite,
        milestone=row.is_milestone_of("intake"),
        details=details,
    )


def _actor(data: Contract) -> Actor:
    actor = getattr(data, "actor", None)
    return actor.actor() if isinstance(actor, ActorV1) else SYSTEM


def _happened(event: Envelope[C], case_id: str) -> ReactToEvent:
    return ReactToEvent(
        org=event.org,
        case_id=CaseId(case_id),
        event=event.data.milestone(),
        data=event.data.model_dump(mode="json"),
        at=event.occurred_at,
    )


HANDLERS: Final[Handlers] = {
    sla.ClockFacts: on_clock,
    settlement.RemedyFacts: on_remedy,
    notify.MessageSentV1: BatchHandler(on_messages_sent),
    notify.MessageFacts: on_message_not_sent,
}
