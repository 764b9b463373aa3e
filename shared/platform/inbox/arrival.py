"""A consumed record: its attributes, its handler, and its form when it is parked."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from shared.contracts import topics
from shared.contracts.envelope import Contract, Envelope
from shared.kernel.ids import OrgId, is_id
from shared.platform.db.tables import NO_ORG
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.kafka.cloud_events import Attributes, Undecodable, attributes_of, envelope_of, readable_headers
from shared.platform.kafka.port import Headers, Record
from shared.platform.observability.context import Cause, Context, continuable, new_traceparent, next_hop, use
from shared.platform.observability.tracing import CASE_ID, Work, side_by_side

Handler = Callable[[Transaction, Envelope[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BatchHandler:
    """A handler of many events at once, also of several types; those of one key come in their order.

    What it publishes because of one of them it publishes inside `caused_by` of that event; otherwise the cause
    would not be known.
    """

    handler: Callable[[Transaction, Sequence[Envelope[Any]]], Awaitable[None]]


Handlers = Mapping[type[Contract], Handler | BatchHandler]


@dataclass(frozen=True, slots=True)
class Route:
    """The contract to read a payload as, and who handles it."""

    contract: type[Contract]
    handler: Handler | BatchHandler


class Arrival(NamedTuple):
    """A record with its attributes, or with the reason why it has none.

    Events of one ordering key are handled in order; each unreadable record has a key of its own.
    """

    record: Record
    attributes: Attributes | None
    problem: Undecodable | None
    ordering_key: OrderingKey

    @property
    def event(self) -> Attributes:
        """The attributes; raises why there are none."""
        if self.attributes is None:
            raise self.problem or Undecodable(detail="the record has no attributes")
        return self.attributes


def routes_of(handlers: Handlers) -> dict[str, Route]:
    """Handlers by event type."""
    return {contract.TYPE: Route(contract, handler) for contract, handler in handlers.items()}


def arrival_of(record: Record) -> Arrival:
    """Read the attributes of a record."""
    try:
        event = attributes_of(record)
    except Undecodable as problem:
        return Arrival(record, None, problem, OrderingKey("", record.topic, f"{record.partition}/{record.offset}"))
    return Arrival(record, event, None, OrderingKey(event.org, record.topic, event.key))


def batch_handlers(routes: Mapping[str, Route]) -> dict[str, BatchHandler]:
    """The batch handlers by event type."""
    return {kind: route.handler for kind, route in routes.items() if isinstance(route.handler, BatchHandler)}


async def call(tx: Transaction, routes: Mapping[str, Route], arrivals: Sequence[Arrival]) -> None:
    """Read the payloads and deliver them; all have the handler of the first."""
    events = [_begun(arrival, routes[arrival.event.type].contract) for arrival in arrivals]
    with side_by_side("consumer", lambda: map(process_of, arrivals, events)):
        await deliver(tx, routes[arrivals[0].event.type].handler, events)


def _begun(arrival: Arrival, contract: type[Contract]) -> Envelope[Any]:
    """The event with its payload, and the span in which it is handled here as its `traceparent`."""
    event = envelope_of(arrival.event, arrival.record.value, contract)
    return event._replace(traceparent=next_hop(event.traceparent))


def process_of(arrival: Arrival, event: Envelope[Any]) -> tuple[str, Work]:
    """The span that handles an event, by the semantic conventions for messaging; its parent is the one that sent it.

    The events of a batch have the times of the whole batch.
    """
    record = arrival.record
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.kafka.message.key": event.key,
        "messaging.message.id": event.id,
        "redress.event_type": event.data.TYPE,
        "redress.organisation_id": event.org,
    }
    if record.topic != topics.REGISTRY:
        attributes[CASE_ID] = event.key
    context = replace(context_of(event), parent=continuable(arrival.event.traceparent))
    return f"process {record.topic}", Work(context, attributes)


async def deliver(tx: Transaction, handler: Handler | BatchHandler, events: Sequence[Envelope[Any]]) -> None:
    """Call the handler: with all events, or with each under its own trace."""
    if isinstance(handler, BatchHandler):
        await handler.handler(tx, events)
        return
    for event in events:
        with caused_by(event):
            await handler(tx, event)


def caused_by(event: Envelope[Any]) -> AbstractContextManager[object]:
    """Events published inside the block carry this event's correlation and trace, and that its version was seen."""
    return use(context_of(event))


def context_of(event: Envelope[Any]) -> Context:
    """The context in which what the event causes is published: that of the span in which it is handled."""
    return Context(
        correlation_id=event.correlation_id,
        traceparent=event.traceparent or new_traceparent(),
        org=event.org,
        cause=Cause(event.key, event.data.TOPIC, event.aggregate, event.aggregate_id, event.version),
    )


def headers_to_json(headers: Headers) -> list[list[str]]:
    """Headers as JSON that any bytes fit into."""
    return [[name, base64.b64encode(value).decode()] for name, value in headers]


def headers_from_json(stored: list[list[str]]) -> Headers:
    """The inverse of `headers_to_json`."""
    return tuple((name, base64.b64decode(value)) for name, value in stored)


def org_of(arrival: Arrival) -> OrgId:
    """The record's organisation, NO_ORG when it has none that is readable."""
    if arrival.attributes is not None:
        return arrival.attributes.org
    said = readable_headers(arrival.record).get("ce_org", "")
    return OrgId(said) if is_id(said) else NO_ORG


def key_of(arrival: Arrival) -> str:
    """The record's key as text."""
    if arrival.attributes is not None:
        return arrival.attributes.key
    return (arrival.record.key or b"").decode(errors="replace").replace("\x00", "�")[:200]


def record_columns(record: Record) -> dict[str, object]:
    """The columns that store a whole record."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "record_offset": record.offset,
        "record_key": record.key,
        "headers": headers_to_json(record.headers),
        "value": record.value,
    }
