"""The published events of an organisation in the order of their positions in the archive.

Positions are given under a lock that is held until the commit, so a position that is seen has all lower ones before
it: reading "beyond the last position" leaves nothing out and repeats nothing, whichever transaction committed first.
Personal data (`party.recorded`) and events about organisations are not in the feed; nor are repetitions of a replay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from shared.contracts import topics
from shared.contracts.cloud_event import About, structured
from shared.contracts.intake import PartyRecordedV1
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading

LARGEST_WINDOW: Final = 100_000
"""Positions that one look passes over at most, so that a narrow filter cannot make it long."""
_OF_CASES: Final = [topic for topic in topics.EVENT_TOPICS if topic != topics.REGISTRY]
_LEFT_OUT: Final = (PartyRecordedV1.TYPE,)
_PAGE: Final = """
    SELECT feed.head, feed.floor, page.*
    FROM outbox_feed AS feed LEFT JOIN LATERAL (
        SELECT position, id::text, type, org_id::text, key, aggregatetype, aggregateid, aggregate_version, occurred_at,
               correlation_id, payload
        FROM outbox_archive
        WHERE org_id = $1::uuid AND position > greatest($2, feed.floor) AND position <= $2 + $3
          AND topic = ANY($4::text[]) AND replay_of IS NULL AND type <> ALL($5::text[])
          AND ($6::text[] IS NULL OR type = ANY($6)) AND ($7::text IS NULL OR key = $7)
        ORDER BY position LIMIT $8) AS page ON true
"""
_HEAD: Final = "SELECT head, floor FROM outbox_feed"
_CHANGED: Final = """
    SELECT org FROM unnest($1::uuid[]) AS waiting (org)
    WHERE EXISTS (SELECT FROM outbox_archive WHERE org_id = org AND position > $2 AND position <= $3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events: beyond the position `after`, of these types, of one case; None does not restrict."""

    org: OrgId
    after: int
    limit: int
    types: Sequence[str] | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Events as CloudEvents in JSON, all up to the position `upto`; `head` is the newest, `floor` the newest lost."""

    events: list[dict[str, object]]
    upto: int
    head: int
    floor: int


async def bounds(db: Database) -> tuple[int, int]:
    """The newest position, and the newest that is no longer kept."""
    async with reading(db) as tx:
        [(head, floor)] = await tx.rows(_HEAD)
    return head, floor


async def page(db: Database, wanted: Wanted) -> Found:
    """The next events, in one statement and so of one instant."""
    parameters = (
        *(wanted.org, wanted.after, LARGEST_WINDOW, _OF_CASES, list(_LEFT_OUT)),
        *(None if wanted.types is None else list(wanted.types), wanted.case_id, wanted.limit),
    )
    async with reading(db) as tx:
        rows = await tx.rows(_PAGE, parameters)
    head, floor = rows[0][:2]
    found = [row[2:] for row in rows if row[2] is not None]
    window_ends = min(head, wanted.after + LARGEST_WINDOW)
    upto = found[-1][0] if len(found) == wanted.limit else max(wanted.after, window_ends)
    return Found(events=[_event(row, db.kernel.schema) for row in found], upto=upto, head=head, floor=floor)


async def changed(db: Database, orgs: Sequence[str], *, after: int, head: int) -> set[str]:
    """Those of `orgs` that have published something beyond `after`, up to `head`."""
    async with reading(db) as tx:
        return {str(org) for (org,) in await tx.rows(_CHANGED, (list(orgs), after, head))}


def _event(row: Sequence[Any], service: str) -> dict[str, object]:
    _, event_id, kind, org, key, aggregate, aggregate_id, version, at, correlation_id, payload = row
    source = f"/redress/{service}"
    about = About(event_id, kind, source, org, key, aggregate, aggregate_id, version, at, correlation_id)
    return structured(about, data=orjson.Fragment(str(payload)))
