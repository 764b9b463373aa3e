"""Calendars by content hash, so that a clock is explained years later with the days that it was computed with."""

from collections.abc import Iterable, Mapping
from typing import Final

import orjson
from sqlalchemy import Column, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB

from services.sla.calendars.rules.working_days import CalendarDocument, CalendarSpec
from services.sla.migrations.schema import METADATA
from shared.kernel.ids import OrgId
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction

CALENDAR: Final = Table(
    "calendar",
    METADATA,
    uuid_column("org_id", primary_key=True),
    Column("content_hash", Text, primary_key=True),
    Column("document", JSONB, nullable=False),
)


async def keep(tx: Transaction, *, org: OrgId, specs: Mapping[str, CalendarSpec]) -> None:
    """Store specs under their content hashes; known ones stay."""
    if specs:
        hashes = sorted(specs)
        await tx.rows(_KEEP, (org, hashes, [orjson.dumps(specs[each].document()).decode() for each in hashes]))


_KEEP: Final = """
    INSERT INTO calendar (org_id, content_hash, document)
    SELECT $1::uuid, content_hash, document::jsonb FROM unnest($2::text[], $3::text[]) AS kept (content_hash, document)
    ON CONFLICT DO NOTHING
"""


async def documents(tx: Transaction, *, org: OrgId, hashes: Iterable[str]) -> dict[str, CalendarDocument]:
    """The stored documents of these hashes."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    query = select(CALENDAR.c.content_hash, CALENDAR.c.document)
    found = await tx.execute(query.where(CALENDAR.c.org_id == org, CALENDAR.c.content_hash.in_(wanted)))
    return {row.content_hash: row.document for row in found}
