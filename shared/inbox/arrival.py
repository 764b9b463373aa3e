"""A record on its way to a handler: what it says, which handler is meant, how it is stored when parked."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Contract, Envelope
from shared.db.tables import NO_ORG
from shared.db.transaction import Transaction
from shared.ids import OrgId, is_id
from shared.kafka.cloud_events import Attributes, Undecodable, attributes_of, envelope_of, readable_headers
from shared.kafka.port import Headers, Record

Handler = Callable[[Transaction, Envelope[Any]], Awaitable[None]]
Handlers = Mapping[type[Contract], Handler]


@dataclass(frozen=True, slots=True)
class Route:
    """The contract to read a payload as, and who handles it."""

    contract: type[Contract]
    handler: Handler


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record with its attributes, or with the reason why it has none."""

    record: Record
    attributes: Attributes | None
    problem: Undecodable | None

    @property
    def lane(self) -> tuple[str, str]:
        """Events of one lane are handled in order; unreadable ones are in a lane by themselves."""
        if self.attributes is None:
            return "", f"{self.record.topic}/{self.record.partition}/{self.record.offset}"
        return self.attributes.org, self.attributes.key


def routes_of(handlers: Handlers) -> dict[str, Route]:
    """Handlers by event type."""
    return {contract.TYPE: Route(contract, handler) for contract, handler in handlers.items()}


def arrival_of(record: Record) -> Arrival:
    """Read the attributes of a record."""
    try:
        return Arrival(record, attributes_of(record), None)
    except Undecodable as problem:
        return Arrival(record, None, problem)


async def call(tx: Transaction, arrival: Arrival, route: Route) -> None:
    """Read the payload and call the handler."""
    if arrival.attributes is None:
        raise arrival.problem or Undecodable(detail="the record has no attributes")
    await route.handler(tx, envelope_of(arrival.attributes, arrival.record.value, route.contract))


def headers_to_json(headers: Headers) -> list[list[str]]:
    """Headers as JSON that any bytes fit into."""
    return [[name, base64.b64encode(value).decode()] for name, value in headers]


def headers_from_json(stored: list[list[str]]) -> Headers:
    """The inverse of `headers_to_json`."""
    return tuple((name, base64.b64decode(value)) for name, value in stored)


def org_of(arrival: Arrival) -> OrgId:
    """The organisation, as far as the record says."""
    if arrival.attributes is not None:
        return arrival.attributes.org
    said = readable_headers(arrival.record).get("ce_org", "")
    return OrgId(said) if is_id(said) else NO_ORG


def key_of(arrival: Arrival) -> str:
    """The key, as far as it is text."""
    if arrival.attributes is not None:
        return arrival.attributes.key
    return (arrival.record.key or b"").decode(errors="replace").replace("\x00", "�")[:200]


def record_columns(record: Record) -> dict[str, object]:
    """The columns that keep a whole record."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "record_offset": record.offset,
        "record_key": record.key,
        "headers": headers_to_json(record.headers),
        "value": record.value,
    }
