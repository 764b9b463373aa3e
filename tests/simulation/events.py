"""The events of the model: steps of cases, breaches of clocks, and what their producers knew."""

from dataclasses import dataclass
from typing import Any, ClassVar

from shared.contracts.envelope import Contract
from shared.contracts.topics import INTAKE, SLA
from shared.kernel.ids import EventId, OrgId
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Message
from tests.support.probe import NOON, ORG

SHARDS = 2


class SteppedV1(Contract):
    """A step of a case; `answers_to` is the version of the clock that a reaction answers to, 0 for a person's step."""

    TYPE: ClassVar[str] = "case.stepped.v1"
    TOPIC: ClassVar[str] = INTAKE

    owner: int
    answers_to: int


class BreachedV1(Contract):
    """A timer has fired; `seen` is the version of the case in the copy of the service that fired it."""

    TYPE: ClassVar[str] = "clock.breached.v1"
    TOPIC: ClassVar[str] = SLA

    owner: int
    seen: int
    answers_to: int


@dataclass(frozen=True, slots=True)
class Appended:
    """A row of a simulated outbox."""

    message: Message
    event_id: str
    shard: int


def event_id(number: int) -> EventId:
    """A UUID that is the same in every run of a seed."""
    return EventId(f"00000000-0000-7000-8000-{number:012x}")


def appended(number: int, place: tuple[str, int], *, case: str, data: Contract, saw: str) -> Appended:
    """Version `place[1]` of the case or clock, as its service's outbox keeps it."""
    aggregate, version = place
    values: dict[str, Any] = {
        "id": event_id(number),
        "type": data.TYPE,
        "org": OrgId(ORG),
        "key": case,
        "aggregate": aggregate,
        "aggregate_id": case,
        "version": version,
        "occurred_at": NOON,
        "correlation_id": "simulated",
        "traceparent": None,
        "saw_versions": saw,
    }
    headers = headers_of(Attributes(**values), source=b"/redress/simulated")
    message = Message(data.TOPIC, case.encode(), data.model_dump_json().encode(), headers)
    return Appended(message, values["id"], sum(case.encode()) % SHARDS)
