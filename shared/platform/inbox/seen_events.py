"""The events that a consumer has seen, and the newest version of each aggregate among them.

Both are written before the handler runs, in its transaction. The inbox row makes a redelivery a no-op; the
high water refuses an older version at any later time, also after the inbox was purged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey
from shared.platform.kafka.cloud_events import Attributes

_INSERT_NEW: Final = """
    INSERT INTO inbox (consumer, event_id, org_id, topic)
    SELECT $1, seen.id, seen.org, seen.topic FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS seen(id, org, topic)
    ORDER BY seen.id
    ON CONFLICT DO NOTHING
    RETURNING event_id::text
"""
_RAISE_HIGH_WATER: Final = """
    INSERT INTO high_water AS mark (consumer, org_id, aggregate, aggregate_id, version)
    SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[])
    ON CONFLICT (org_id, consumer, aggregate, aggregate_id)
    DO UPDATE SET previous = mark.version, version = greatest(mark.version, excluded.version)
    RETURNING org_id::text, aggregate, aggregate_id, previous
"""
_FORGET: Final = "DELETE FROM inbox WHERE consumer = $1 AND event_id = ANY($2::uuid[])"
_LOWER_HIGH_WATER: Final = """
    UPDATE high_water AS mark SET version = lowered.version
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) AS lowered (org_id, aggregate, aggregate_id, version)
    WHERE mark.consumer = $1 AND mark.org_id = lowered.org_id AND mark.aggregate = lowered.aggregate
        AND mark.aggregate_id = lowered.aggregate_id
"""
_SET_OUTCOME: Final = "UPDATE inbox SET outcome = $3 WHERE consumer = $1 AND event_id = ANY($2::uuid[])"
_PARKED: Final = """
    SELECT org_id::text, topic, key FROM parked_key
    WHERE consumer = $1 AND (org_id, topic, key) IN (SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[]))
    ORDER BY org_id, topic, key
    FOR SHARE
"""


async def insert_new(tx: Transaction, consumer: str, events: Sequence[tuple[Attributes, str]]) -> set[str]:
    """Insert one inbox row per (event, topic); the ids of the events that were not there.

    Waits for a concurrent transaction that inserts the same event.
    """
    inserted = await tx.rows(
        _INSERT_NEW,
        (
            consumer,
            [attributes.id for attributes, _ in events],
            [attributes.org for attributes, _ in events],
            [topic for _, topic in events],
        ),
    )
    return {row[0] for row in inserted}


async def raise_high_water(tx: Transaction, consumer: str, events: Iterable[Attributes]) -> dict[AggregateKey, int]:
    """Raise the newest version per aggregate; the versions that were newest before."""
    newest: dict[AggregateKey, int] = {}
    for event in events:
        aggregate = (event.org, event.aggregate, event.aggregate_id)
        newest[aggregate] = max(event.version, newest.get(aggregate, 0))
    if not newest:
        return {}
    aggregates = sorted(newest)
    columns = [list(column) for column in zip(*aggregates, strict=True)]
    before = await tx.rows(_RAISE_HIGH_WATER, (consumer, *columns, [newest[aggregate] for aggregate in aggregates]))
    return {(row[0], row[1], row[2]): row[3] for row in before}


async def take_back(
    tx: Transaction, consumer: str, events: Sequence[Attributes], *, high_water: Mapping[AggregateKey, int]
) -> None:
    """Unsee events that this transaction has seen and will not settle; `high_water` is what their aggregates had."""
    if not events:
        return
    await tx.rows(_FORGET, (consumer, [event.id for event in events]))
    aggregates = sorted({(event.org, event.aggregate, event.aggregate_id) for event in events})
    columns = [list(column) for column in zip(*aggregates, strict=True)]
    versions = [high_water.get(aggregate, 0) for aggregate in aggregates]
    await tx.rows(_LOWER_HIGH_WATER, (consumer, *columns, versions))


async def set_outcome(tx: Transaction, consumer: str, *, event_ids: Sequence[str], outcome: str) -> None:
    """Record an outcome other than `handled`, which is the default."""
    if event_ids:
        await tx.rows(_SET_OUTCOME, (consumer, list(event_ids), outcome))


async def parked_keys(tx: Transaction, consumer: str, arrivals: Iterable[Arrival]) -> set[OrderingKey]:
    """Those ordering keys that are parked; the share lock keeps them parked until this transaction ends."""
    columns = zip(*sorted({arrival.ordering_key for arrival in arrivals}), strict=True)
    return {OrderingKey._make(row) for row in await tx.rows(_PARKED, (consumer, *map(list, columns)))}
