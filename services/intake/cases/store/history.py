"""The history of a case: one line for every step and every event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.tables import TIMELINE
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


async def add_entry(tx: Transaction, entry: TimelineEntry, *, org: OrgId, case_id: CaseId) -> None:
    """Insert a line of history; an event's line comes once."""
    statement = insert(TIMELINE).values(
        org_id=org,
        case_id=case_id,
        entry_id=entry.entry_id,
        at=entry.at,
        recorded_at=entry.recorded_at,
        source=entry.source,
        what=entry.what,
        label_zh=entry.label_zh,
        label_en=entry.label_en,
        actor=entry.actor.subject,
        actor_kind=entry.actor.kind_name,
        actor_client=entry.actor.client,
        actor_roles=sorted(entry.actor.roles),
        cite=entry.cite,
        milestone=entry.milestone,
        details=dict(entry.details),
    )
    await tx.execute(statement.on_conflict_do_nothing())


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
