"""Calendars by content hash, so that a clock is explained years later with the days that it was computed with."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.sla.db.tables import CALENDAR
from services.sla.domain.working_days import CalendarDocument, CalendarSpec
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def keep(tx: Transaction, *, org: OrgId, specs: Mapping[str, CalendarSpec]) -> None:
    """Store specs under their content hashes; known ones stay."""
    if not specs:
        return
    rows = [
        {"org_id": org, "content_hash": content_hash, "document": spec.document()}
        for content_hash, spec in sorted(specs.items())
    ]
    await tx.execute(insert(CALENDAR).values(rows).on_conflict_do_nothing())


async def documents(tx: Transaction, *, org: OrgId, hashes: Iterable[str]) -> dict[str, CalendarDocument]:
    """The stored documents of these hashes."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    query = select(CALENDAR.c.content_hash, CALENDAR.c.document)
    found = await tx.execute(query.where(CALENDAR.c.org_id == org, CALENDAR.c.content_hash.in_(wanted)))
    return {row.content_hash: row.document for row in found}
