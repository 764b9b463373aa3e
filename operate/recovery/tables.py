"""What the tables of a service know of events: published, waiting or seen; and what is written to mend them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from shared.platform.db.engine import Database
from shared.platform.db.tables import NO_ORG, KernelTables
from shared.platform.db.transaction import Transaction, reading
from shared.platform.kafka.cloud_events import Attributes

_UNKNOWN: Final = """
    SELECT asked.id::text FROM unnest($1::uuid[]) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM outbox_archive AS kept WHERE kept.id = asked.id)
        AND NOT EXISTS (SELECT FROM outbox AS waiting WHERE waiting.id = asked.id)
"""
_UNSEEN: Final = """
    SELECT asked.id::text FROM unnest($2::uuid[]) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.consumer = $1 AND inbox.event_id = asked.id)
"""
_ARCHIVED: Final = """
    SELECT seq, id::text, topic FROM outbox_archive
    WHERE seq > $1 AND published_at >= $2 AND replay_of IS NULL AND topic = ANY($3::text[])
    ORDER BY seq LIMIT $4
"""
_NEWEST: Final = """
    SELECT id::text FROM outbox_archive
    WHERE topic = $1 AND published_at >= $2
        AND published_at > coalesce((SELECT max(at) FROM operator_audit WHERE action = $3), '-infinity')
    ORDER BY position DESC LIMIT 1
"""
_SKIP: Final = """
    INSERT INTO inbox (consumer, event_id, org_id, topic, outcome)
    SELECT $1, id, $3::uuid, $4, 'dead' FROM unnest($2::uuid[]) AS lost (id) ON CONFLICT DO NOTHING
"""
_LOWER: Final = """
    UPDATE high_water AS mark SET version = lost.below, previous = least(mark.previous, lost.below)
    FROM (SELECT org, aggregate, id, min(version) - 1 AS below
          FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) AS event (org, aggregate, id, version)
          GROUP BY org, aggregate, id) AS lost
    WHERE mark.consumer = $1 AND mark.org_id = lost.org AND mark.aggregate = lost.aggregate
        AND mark.aggregate_id = lost.id AND mark.version > lost.below
"""
RECOVER: Final = "recover"
"""The action under which `redress recover` stands in the operator's audit."""
START: Final = -1
"""Below every number of an event."""


class Archived(NamedTuple):
    """An event in the archive of its producer."""

    seq: int
    id: str
    topic: str


async def unknown(db: Database, ids: Iterable[str]) -> set[str]:
    """Those of the events that their producer neither has published nor is about to publish."""
    async with reading(db) as tx:
        return {event_id for (event_id,) in await tx.rows(_UNKNOWN, (list(ids),))}


async def passed_over(db: Database, ids: Iterable[str]) -> set[str]:
    """Those of the events that their producer remembers as lost."""
    asked = set(ids)
    return asked - await unseen(db, _lost(db.kernel), asked)


async def unseen(db: Database, consumer: str, ids: Iterable[str]) -> set[str]:
    """Those of the events that a consumer has not seen."""
    async with reading(db) as tx:
        return {event_id for (event_id,) in await tx.rows(_UNSEEN, (consumer, list(ids)))}


async def archived(db: Database, *, after: int, since: datetime, topics: Collection[str], limit: int) -> list[Archived]:
    """The next events that a service published on these topics since an instant, in their order."""
    async with reading(db) as tx:
        return [Archived(*row) for row in await tx.rows(_ARCHIVED, (after, since, list(topics), limit))]


async def newest(db: Database, topic: str, *, since: datetime) -> str | None:
    """The event published last on a topic; None when that was before `since`, or before `redress recover` was run.

    What Kafka does not hold after `recover` is an event that all consumers had seen before Kafka lost it.
    """
    async with reading(db) as tx:
        found = await tx.rows(_NEWEST, (topic, since, RECOVER))
    return found[0][0] if found else None


async def pass_over(tx: Transaction, consumer: str, topic: str, lost: Sequence[Attributes]) -> None:
    """Have a consumer skip events that their producer does not know, and take what follows under their versions.

    Their rows name no organisation, because no organisation has published them.
    """
    await _skip(tx, consumer, topic, lost)
    rows = [(event.org, event.aggregate, event.aggregate_id, event.version) for event in lost]
    await tx.rows(_LOWER, (consumer, *(list(column) for column in zip(*rows, strict=True))))


async def remember_lost(tx: Transaction, topic: str, lost: Sequence[Attributes]) -> None:
    """Have their producer remember that these events are lost, as long as Kafka may hold them."""
    await _skip(tx, _lost(tx.kernel), topic, lost)


async def _skip(tx: Transaction, consumer: str, topic: str, lost: Sequence[Attributes]) -> None:
    await tx.rows(_SKIP, (consumer, [event.id for event in lost], NO_ORG, topic))


def _lost(kernel: KernelTables) -> str:
    """In place of a consumer in the producer's inbox, which forgets it after KEEP_DAYS."""
    return f"{kernel.schema}.lost"
