"""What a consumer remembers: which events it has seen, and the newest version of each aggregate.

Both are written first in the handler's transaction. The inbox makes a redelivery a no-op; the high
water refuses an older version for ever, also after the inbox was purged or a relay slept.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import Lane
from shared.platform.kafka.cloud_events import Attributes

Place = tuple[str, str, str]

_REMEMBER: Final = """
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
_SET_OUTCOME: Final = "UPDATE inbox SET outcome = $3 WHERE consumer = $1 AND event_id = ANY($2::uuid[])"
_PARKED: Final = """
    SELECT org_id::text, topic, key FROM parked_key
    WHERE consumer = $1 AND (org_id, topic, key) IN (SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[]))
    ORDER BY org_id, topic, key
    FOR SHARE
"""


async def remember(tx: Transaction, consumer: str, events: Sequence[tuple[Attributes, str]]) -> set[str]:
    """Insert one inbox row per (event, topic); the ids of those that were not known.

    A concurrent transaction with the same event is waited for.
    """
    inserted = await tx.rows(
        _REMEMBER,
        (
            consumer,
            [attributes.id for attributes, _ in events],
            [attributes.org for attributes, _ in events],
            [topic for _, topic in events],
        ),
    )
    return {row[0] for row in inserted}


async def raise_high_water(tx: Transaction, consumer: str, events: Iterable[Attributes]) -> dict[Place, int]:
    """Raise the newest version per aggregate; the versions that were newest before."""
    newest: dict[Place, int] = {}
    for event in events:
        place = (event.org, event.aggregate, event.aggregate_id)
        newest[place] = max(event.version, newest.get(place, 0))
    if not newest:
        return {}
    places = sorted(newest)
    columns = [list(column) for column in zip(*places, strict=True)]
    before = await tx.rows(_RAISE_HIGH_WATER, (consumer, *columns, [newest[place] for place in places]))
    return {(row[0], row[1], row[2]): row[3] for row in before}


async def set_outcome(tx: Transaction, consumer: str, *, event_ids: Sequence[str], outcome: str) -> None:
    """Say what became of events other than being handled."""
    if event_ids:
        await tx.rows(_SET_OUTCOME, (consumer, list(event_ids), outcome))


async def parked_lanes(tx: Transaction, consumer: str, arrivals: Iterable[Arrival]) -> set[Lane]:
    """Which of the lanes are parked; held shared, so that none is unparked before this commits."""
    columns = zip(*sorted({arrival.lane for arrival in arrivals}), strict=True)
    return {Lane._make(row) for row in await tx.rows(_PARKED, (consumer, *map(list, columns)))}
