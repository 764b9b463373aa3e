"""Arrivals built for tests of the inbox's rules."""

from shared.contracts.topics import INTAKE
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.kafka.port import Record
from tests.support.probe import NOON, ORG


def an_arrival(key: str, version: int, *, topic: str = INTAKE, offset: int = 0, **changed: object) -> Arrival:
    """Version `version` of a note that is called as its key."""
    values: dict[str, object] = {
        "id": EventId(new_id()),
        "type": "note.made.v1",
        "org": OrgId(ORG),
        "key": key,
        "aggregate": "note",
        "aggregate_id": key,
        "version": version,
        "occurred_at": NOON,
        "correlation_id": "corr",
        "traceparent": None,
    }
    event = Attributes(**(values | changed))  # type: ignore[arg-type]
    record = Record(topic, 0, offset, key.encode(), b"{}", (), 0)
    return Arrival(record, event, None, OrderingKey(event.org, topic, key))
