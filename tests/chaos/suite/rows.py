"""The rows of all services as the books have them; read as the administrator, in one connection."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from operate.runtime.databases import SERVICES
from tests.chaos.suite.books import Case, Clock, Copy, Event, Message, Payout, Posting

_CASES: Final = """
    SELECT org_id::text, case_id::text, number, status, owner, customer_ref, order_ref, pack, pack_version,
        facts::text AS facts, milestones::text AS milestones, version
    FROM intake.case_file
"""
_COPIES: Final = """
    SELECT c.case_id::text, c.number, {status} AS status, {owner} AS owner, c.customer_ref, c.order_ref, c.pack,
        c.policy_version, c.facts::text AS facts, to_json(c.milestones)::text AS milestones,
        coalesce(w.version, 0) AS version
    FROM {service}.case_view c LEFT JOIN {service}.high_water w ON w.org_id = c.org_id
        AND w.consumer = '{service}.cases' AND w.aggregate = 'case' AND w.aggregate_id = c.case_id::text
"""
_KEPT: Final[Mapping[str, frozenset[str]]] = {
    "sla": frozenset({"owner"}),
    "settlement": frozenset(),
    "notify": frozenset({"status", "owner"}),
}
"""Of status and owner, what a service keeps."""
_EVENTS: Final = """
    SELECT id::text, topic, key, type, aggregatetype, aggregateid, aggregate_version, seq,
        CASE WHEN type = 'case.advanced.v1' THEN payload::jsonb ->> 'step' END AS step
    FROM {service}.outbox_archive WHERE replay_of IS NULL
"""
_PAYOUTS: Final = """
    SELECT p.payout_id::text, p.remedy_id::text, p.state, r.state AS remedy_state, p.amount_minor AS minor, p.currency
    FROM settlement.payout p JOIN settlement.remedy r USING (org_id, remedy_id)
"""
_LEDGER: Final = """
    SELECT e.entry_id::text, e.remedy_id::text, p.amount_minor AS minor, p.currency
    FROM settlement.ledger_entry e JOIN settlement.ledger_posting p USING (org_id, entry_id)
"""
_MESSAGES: Final = """
    SELECT message_id::text, case_id::text, occasion, rule, recipient, channel, step::text, endpoint_id, state,
        unknown_attempts
    FROM notify.message
"""
_CLOCKS: Final = "SELECT clock_id::text, case_id::text, rule, status AS state, due_at FROM sla.clock"
_LEFT: Final = {
    "events in the outbox of {service}": "SELECT count(*) FROM {service}.outbox",
    "keys parked at {service}": "SELECT count(*) FROM {service}.parked_key",
    "dead letters of {service}": "SELECT count(*) FROM {service}.dead_letter WHERE state = 'open'",
}
_LEFT_OF_ONE: Final = {
    "messages to send": """
        SELECT count(*) FROM notify.message
        WHERE state IN ('queued', 'sending') OR (state = 'outcome_unknown' AND due_at IS NOT NULL)
    """,
    "payouts to send": "SELECT count(*) FROM settlement.payout WHERE state IN ('to_send', 'unknown', 'pending')",
    "payouts in quarantine": "SELECT count(*) FROM settlement.payout WHERE state = 'quarantined'",
}
_LAGS: Final = " UNION ALL ".join(
    f"SELECT extract(epoch FROM i.received_at - e.created_at)::float8 FROM {consumer}.inbox i"
    f" JOIN {producer}.outbox_archive e ON e.id = i.event_id WHERE e.created_at >= $1 AND e.created_at < $2"
    for consumer in SERVICES
    for producer in SERVICES
    if consumer != producer
)


async def cases(connection: Any, *, shared: frozenset[str]) -> list[Case]:
    """All cases; of their facts those that other services may know."""
    return [
        Case(
            org=row["org_id"],
            policy=(row["pack"], row["pack_version"]),
            facts={name: value for name, value in orjson.loads(row["facts"]).items() if name in shared},
            milestones=tuple(
                (each["name"], datetime.fromisoformat(each["at"])) for each in orjson.loads(row["milestones"])
            ),
            **_named(row, "case_id", "number", "status", "owner", "customer_ref", "order_ref", "version"),
        )
        for row in await connection.fetch(_CASES)
    ]


async def copies(connection: Any, service: str) -> dict[str, Copy]:
    """The service's copies by case."""
    kept = _KEPT[service]
    chosen = {name: f"c.{name}" if name in kept else "NULL" for name in ("status", "owner")}
    found = await connection.fetch(_COPIES.format(service=service, **chosen))
    return {
        row["case_id"]: Copy(
            policy=(row["pack"], row["policy_version"]),
            facts=orjson.loads(row["facts"]),
            milestones=_milestones(orjson.loads(row["milestones"])),
            **_named(row, "case_id", "number", "status", "owner", "customer_ref", "order_ref", "version"),
        )
        for row in found
    }


def _milestones(stored: Any) -> tuple[tuple[str, datetime | None], ...]:
    """Names in order (settlement, notify), or names with instant and number (sla)."""
    if isinstance(stored, list):
        return tuple((name, None) for name in stored)
    ordered = sorted(stored.items(), key=lambda item: item[1][1])
    return tuple((name, datetime.fromisoformat(at)) for name, (at, _) in ordered)


async def events(connection: Any) -> tuple[Event, ...]:
    """The archives of all services."""
    found = [
        Event(
            service=service,
            aggregate=row["aggregatetype"],
            aggregate_id=row["aggregateid"],
            version=row["aggregate_version"],
            **_named(row, "id", "topic", "key", "type", "seq", "step"),
        )
        for service in SERVICES
        for row in await connection.fetch(_EVENTS.format(service=service))
    ]
    return tuple(found)


async def inbox(connection: Any, service: str) -> dict[str, str]:
    """The outcome of each event that the service has seen."""
    found = await connection.fetch(f"SELECT event_id::text, outcome FROM {service}.inbox")
    return {row["event_id"]: row["outcome"] for row in found}


async def payouts(connection: Any) -> tuple[Payout, ...]:
    """All payouts."""
    return tuple(Payout(**row) for row in await connection.fetch(_PAYOUTS))


async def ledger(connection: Any) -> tuple[Posting, ...]:
    """All lines."""
    return tuple(Posting(**row) for row in await connection.fetch(_LEDGER))


async def messages(connection: Any) -> tuple[Message, ...]:
    """All messages."""
    identity = ("case_id", "occasion", "rule", "recipient", "channel", "step", "endpoint_id")
    return tuple(
        Message(
            identity=tuple(row[name] for name in identity),
            unknown=row["unknown_attempts"],
            **_named(row, "message_id", "case_id", "rule", "recipient", "channel", "state"),
        )
        for row in await connection.fetch(_MESSAGES)
    )


async def clocks(connection: Any) -> tuple[Clock, ...]:
    """All clocks."""
    return tuple(Clock(**row) for row in await connection.fetch(_CLOCKS))


async def left(connection: Any) -> dict[str, int]:
    """What waits to be done, by its name."""
    of_each = {
        what.format(service=service): await connection.fetchval(query.format(service=service))
        for service in SERVICES
        for what, query in _LEFT.items()
    }
    return of_each | {what: await connection.fetchval(query) for what, query in _LEFT_OF_ONE.items()}


async def lags(connection: Any, *, since: datetime, until: datetime) -> tuple[float, ...]:
    """Seconds from commit to inbox of each handling of the events committed then."""
    return tuple(row[0] for row in await connection.fetch(_LAGS, since, until))


def _named(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
