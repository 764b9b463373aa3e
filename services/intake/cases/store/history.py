"""The history of a case: one line for every step and every event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, select, tuple_

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.tables import TIMELINE
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


async def add_entry(tx: Transaction, entry: TimelineEntry, *, org: OrgId, case_id: CaseId) -> None:
    """Insert a line of history; an event's line comes once."""
    await add_entries(tx, [(org, case_id, entry)])


async def add_entries(tx: Transaction, entries: Sequence[tuple[OrgId, CaseId, TimelineEntry]]) -> None:
    """The same for lines of several cases, with one statement."""
    columns = zip(*(_row(org, case_id, entry) for org, case_id, entry in entries), strict=True)
    await tx.rows(_ADD, tuple(map(list, columns)))


def _row(org: OrgId, case_id: CaseId, entry: TimelineEntry) -> tuple[object, ...]:
    return (
        *(org, case_id, entry.entry_id, entry.at, entry.recorded_at, entry.source, entry.what),
        *(entry.label_zh, entry.label_en, entry.actor.subject, entry.actor.kind_name, entry.actor.client),
        *(orjson.dumps(sorted(entry.actor.roles)).decode(), entry.cite, entry.milestone),
        orjson.dumps(dict(entry.details)).decode(),
    )


_ADD: Final = """
    INSERT INTO intake.timeline_entry (org_id, case_id, entry_id, at, recorded_at, source, what, label_zh, label_en,
        actor, actor_kind, actor_client, actor_roles, cite, milestone, details)
    SELECT org_id, case_id, entry_id, at, recorded_at, source, what, label_zh, label_en,
        actor, actor_kind, actor_client, actor_roles::jsonb, cite, milestone, details::jsonb
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::boolean[],
        $16::text[])
    AS told (org_id, case_id, entry_id, at, recorded_at, source, what, label_zh, label_en, actor, actor_kind,
        actor_client, actor_roles, cite, milestone, details)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """A line of history as it is stored."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: str
    what: str
    label_zh: str
    label_en: str
    actor: str
    actor_roles: list[str]
    actor_kind: str
    actor_client: str | None
    cite: str | None
    details: dict[str, Any]


async def timeline_page(
    tx: Transaction, *, org: OrgId, case_id: CaseId, after: tuple[datetime, str] | None, limit: int
) -> Sequence[TimelineRow]:
    """A case's history in the order in which it happened, beyond `after`."""
    wanted: list[ColumnElement[bool]] = [TIMELINE.c.org_id == org, TIMELINE.c.case_id == case_id]
    if after is not None:
        wanted.append(tuple_(TIMELINE.c.at, TIMELINE.c.entry_id) > after)
    columns = (TIMELINE.c[name] for name in TimelineRow.__slots__)
    query = select(*columns).where(*wanted).order_by(TIMELINE.c.at, TIMELINE.c.entry_id).limit(limit)
    return [TimelineRow(**row) for row in (await tx.execute(query)).mappings()]
