"""From a clock's domain events to published contracts; no other module imports both."""

from datetime import datetime
from typing import Final, TypedDict, assert_never

from services.sla.clocks.rules.clock import Change, Clock
from services.sla.clocks.rules.events import (
    Acted,
    Breached,
    Cancelled,
    Event,
    Excused,
    Extended,
    ExtensionRejected,
    ExtensionRequested,
    Retargeted,
    Started,
    Stopped,
    Warned,
)
from shared.contracts.envelope import ActorV1, TextV1
from shared.contracts.sla import (
    ClockBreachedV1,
    ClockCancelledV1,
    ClockExcusedV1,
    ClockExtendedV1,
    ClockFacts,
    ClockRetargetedV1,
    ClockStartedV1,
    ClockStoppedV1,
    ClockWarnedV1,
    ExtensionRejectedV1,
    ExtensionRequestedV1,
)
from shared.platform.outbox.append import Outgoing

AGGREGATE: Final = "clock"


class _Facts(TypedDict):
    case_id: str
    clock_id: str
    clock: str
    label: TextV1
    started_at: datetime
    due_at: datetime
    cite: str


def announced(change: Change, *, occurred_at: datetime) -> list[Outgoing]:
    """The change's events, numbered on from the clock's version before it."""
    clock = change.clock
    first = clock.version - len(change.events) + 1
    return [
        Outgoing(
            org=clock.org,
            key=clock.case_id,
            aggregate=AGGREGATE,
            aggregate_id=clock.clock_id,
            version=version,
            occurred_at=occurred_at,
            data=_contract(clock, event),
        )
        for version, event in enumerate(change.events, start=first)
    ]


def _contract(clock: Clock, event: Event) -> ClockFacts:  # noqa: PLR0911 (a table)
    facts = _facts(clock, event)
    match event:
        case Started():
            return ClockStartedV1(**facts)
        case Retargeted(previous_due_at=previous):
            return ClockRetargetedV1(**facts, previous_due_at=previous)
        case Stopped(stopped_at=stopped_at, met=met):
            return ClockStoppedV1(**facts, stopped_at=stopped_at, met=met)
        case Cancelled(cancelled_at=cancelled_at):
            return ClockCancelledV1(**facts, cancelled_at=cancelled_at)
        case Warned(late=late):
            return ClockWarnedV1(**facts, late=late)
        case Breached(breached_at=breached_at):
            return ClockBreachedV1(**facts, breached_at=breached_at)
        case _:
            return _acted(facts, event)


def _acted(facts: _Facts, event: Acted) -> ClockFacts:
    actor = ActorV1.of(event.actor)
    match event:
        case Excused():
            return ClockExcusedV1(**facts, actor=actor)
        case ExtensionRequested():
            return ExtensionRequestedV1(
                **facts,
                extension_id=event.extension_id,
                proposed_due_at=event.proposed_due_at,
                approver_role=event.approver_role,
                actor=actor,
            )
        case ExtensionRejected():
            return ExtensionRejectedV1(**facts, extension_id=event.extension_id, actor=actor)
        case Extended():
            return ClockExtendedV1(
                **facts,
                extension_id=event.extension_id,
                original_due_at=event.original_due_at,
                after_breach=event.after_breach,
                actor=actor,
            )
        case _:
            assert_never(event)


def _facts(clock: Clock, event: Event) -> _Facts:
    return {
        "case_id": clock.case_id,
        "clock_id": clock.clock_id,
        "clock": clock.rule,
        "label": TextV1(zh=clock.label.zh, en=clock.label.en),
        "started_at": clock.started_at,
        "due_at": event.due_at,
        "cite": event.cite,
    }
