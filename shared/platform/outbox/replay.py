"""Publish events again from the archive, by filter: for a consumer that has lost them or is new.

An event keeps its id, so that a consumer that has handled it skips it; the header `ce_replayof` marks the
repetition. It keeps its number too, so it goes out before the events that wait and are newer: after them a consumer
would refuse it as older than what it knows. To rebuild one consumer, empty its inbox and high water first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction

BATCH: Final = 1000
_START: Final = -1
"""Below every sequence number."""
MOST_WITHIN: Final = 10_000
"""Events in one transaction of a caller; `redress outbox replay` has no bound, because it commits each batch."""
_CHOSEN: Final = """
    FROM outbox_archive
    WHERE replay_of IS NULL AND seq > $1
      AND ($2::uuid IS NULL OR org_id = $2) AND ($3::text IS NULL OR key = $3) AND ($4::text IS NULL OR type = $4)
      AND ($5::text IS NULL OR topic = $5)
      AND ($6::timestamptz IS NULL OR published_at >= $6) AND ($7::timestamptz IS NULL OR published_at < $7)
"""
_ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"
_COUNT: Final = f"SELECT count(*) {_CHOSEN}"
_INSERT: Final = """
    INSERT INTO outbox (id, seq, aggregatetype, aggregateid, type, topic, payload, aggregate_version, org_id, key,
                        traceparent, correlation_id, shard, saw_versions, replay_of, occurred_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, seq, aggregatetype, aggregateid, type, topic, payload, aggregate_version, org_id, key,
           traceparent, correlation_id, shard, saw_versions, id, occurred_at
    FROM {chosen}
    ON CONFLICT DO NOTHING
    RETURNING 1
"""
_AGAIN: Final = f"""
    WITH chosen AS (SELECT * {_CHOSEN} ORDER BY seq LIMIT $8), added AS ({_INSERT.format(chosen="chosen")})
    SELECT (SELECT count(*) FROM added), (SELECT max(seq) FROM chosen)
"""  # noqa: S608 - constants
_THESE_AGAIN: Final = _INSERT.format(chosen="outbox_archive WHERE id = ANY($1::uuid[]) AND replay_of IS NULL")


class ReplayTooLarge(Rejected):
    """The filter matches more events than one request may publish again; `fields.most`. 422, and none is published."""

    code = "replay_too_large"
    title = Text(en="Too many events for one replay; narrow the filter", zh="重放的事件过多，请缩小范围")


class ReplayInProgress(Conflict):
    """Another request publishes events of the organisation again at this moment; repeat it afterwards. 409."""

    code = "replay_in_progress"
    title = Text(en="Another replay is in progress", zh="另一项重放正在进行")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events; what is None does not restrict. `since` and `until` are instants of publication."""

    org: str | None = None
    key: str | None = None
    type: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def parameters(self, *, after: int) -> tuple[object, ...]:
        """The statement's parameters, for the events after a sequence number."""
        return after, self.org, self.key, self.type, self.topic, self.since, self.until


async def count(db: Database, chosen: Filter) -> int:
    """How many events the filter matches."""
    async with reading(db) as tx:
        [(found,)] = await tx.rows(_COUNT, chosen.parameters(after=_START))
        return int(found)


async def replay(db: Database, chosen: Filter) -> int:
    """Put the matching events into the outbox again, in their order; how many."""
    total = 0
    after: int | None = _START
    while after is not None:
        async with transaction(db) as tx:
            added, after = await _again(tx, chosen, after)
        total += added
    return total


async def replay_within(tx: Transaction, chosen: Filter, *, most: int = MOST_WITHIN) -> int:
    """Put the matching events into the outbox again in a transaction of the caller; how many.

    Two that insert the same events would wait for each other, so the second raises ReplayInProgress. Raises
    ReplayTooLarge beyond `most` events.
    """
    [(is_first,)] = await tx.rows(_ONE_AT_A_TIME, (f"{tx.kernel.schema}.replay.{chosen.org}",))
    if not is_first:
        raise ReplayInProgress
    total = 0
    after: int | None = _START
    while after is not None:
        added, after = await _again(tx, chosen, after)
        total += added
        if total > most:
            raise ReplayTooLarge(fields={"most": most})
    return total


async def replay_these(tx: Transaction, ids: Sequence[str]) -> int:
    """Put the archived events with these ids into the outbox again; how many."""
    added = len(await tx.rows(_THESE_AGAIN, (list(ids),)))
    tx.appended += added
    return added


async def _again(tx: Transaction, chosen: Filter, after: int) -> tuple[int, int | None]:
    """Publish one batch again: how many events, and the last one's number (None: no more match)."""
    [(added, last)] = await tx.rows(_AGAIN, (*chosen.parameters(after=after), BATCH))
    tx.appended += added
    return added, last
