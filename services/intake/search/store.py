"""The table `case_search`: the words of each case and the hashes of their grams, under GIN.

The row is written in the statement that registers a case, and again when what is searched of it changes. The newest
cases with a text are found in three ways, each bounded, in this order: the words of the newest cases are read; a text
of which the index knows few cases is looked up as a whole; one that is common, but not there, month by month. Where the
index hardly narrows down, it only says which month has such a case, and the words of that month are read.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    func,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.migrations.schema import METADATA
from services.intake.search.rules import MONTHS, Wanted, grams, month_of, narrowed, wanted
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction

SEARCH: Final = Table(
    "case_search",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("words", Text, nullable=False),
    Column("grams", ARRAY(Integer), nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"]),
    Index("ix_case_search_grams", "grams", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}),
)


async def save_words(tx: Transaction, words: str, *, org: OrgId, case_id: CaseId) -> None:
    """Replace what is searched of a case."""
    await tx.rows(
        "UPDATE intake.case_search SET words = $3::text, grams = $4::int[] "
        "WHERE org_id = $1::uuid AND case_id = $2::uuid",
        (org, case_id, words, grams(org, case_id, words)),
    )


async def readings_of(tx: Transaction, query: str | None, *, org: OrgId) -> tuple[Wanted, ...]:
    """What a query asks for, narrowed down by the grams that are rare by the statistics of the table (`pg_stats`).

    How many cases have a gram differs by a factor of a million, and a list of grams is read whole.
    """
    readings = wanted(org, query or "")
    if not readings:
        return ()
    rows = await tx.rows(_SHARES, ([gram for reading in readings for gram in reading.grams],))
    shares = {int(gram): float(share) for gram, share in rows}
    return tuple(narrowed(reading, shares) for reading in readings)


def matches(readings: Sequence[Wanted]) -> ColumnElement[bool]:
    """The rows whose words contain one of the readings."""
    return or_(*(and_(SEARCH.c.grams.contains(list(one.grams)), _contains(one.text)) for one in readings))


def _contains(text: str) -> ColumnElement[bool]:
    return func.strpos(SEARCH.c.words, text) > 0


async def plan_for_values(tx: Transaction) -> None:
    """Have the statements of this connection planned for their values, until `plan_as_usual`.

    How common a gram is decides whether the index or the order of the cases is the shorter way; a generic plan does
    not know.
    """
    await tx.rows("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


READ: Final = 10_000
"""Cases whose words are read, the newest first."""
FEW: Final = 2_000
"""Cases that are looked up as a whole."""
_ALL: Final = 2**31
_NONE: Final = "00000000-0000-0000-0000-000000000000"
_BEYOND: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def newest_with(
    tx: Transaction, readings: Sequence[Wanted], *, org: OrgId, after: str | None, limit: int
) -> list[str]:
    """Ids of at most `limit` cases that contain one of the readings, newest first, those before `after`."""
    before = after or _BEYOND
    found = await _among_the_newest(tx, readings, org=org, span=(_NONE, before), limit=limit)
    if len(found) >= limit:
        return found
    [(oldest, newest)] = await tx.rows(_ENDS, (org, before))
    if newest is None:
        return []
    few = await few_with(tx, readings, org=org, before=before)
    if few is not None:
        return few[:limit]
    months = range(month_of(newest), month_of(oldest) - 1, -1)
    await _only_by_grams(tx, is_on=True)
    found = await _month_by_month(tx, readings, org=org, months=months, before=before, limit=limit)
    await _only_by_grams(tx, is_on=False)
    return found[:limit]


async def few_with(
    tx: Transaction, readings: Sequence[Wanted], *, org: OrgId, before: str = _BEYOND
) -> list[str] | None:
    """Ids of all cases before `before` that contain one of the readings, newest first; None of more than `FEW`."""
    if any(reading.is_common for reading in readings):
        return None
    await _only_by_grams(tx, is_on=True)
    found = await _matching(tx, readings, org=org, span=(_NONE, before), limit=FEW + 1)
    await _only_by_grams(tx, is_on=False)
    return None if len(found) > FEW else found


async def _among_the_newest(
    tx: Transaction,
    readings: Sequence[Wanted],
    *,
    org: OrgId,
    span: tuple[str, str],
    limit: int,
    read: int = READ,
) -> list[str]:
    """Those of the newest `read` cases of the span that contain one of the readings, newest first."""
    contained = " OR ".join(f"strpos(words, ${number}) > 0" for number, _ in enumerate(readings, start=6))
    parameters = (org, *span, limit, read, *(reading.text for reading in readings))
    return [case_id for (case_id,) in await tx.rows(_NEWEST.format(contained=contained), parameters)]


async def _month_by_month(
    tx: Transaction, readings: Sequence[Wanted], *, org: OrgId, months: range, before: str, limit: int
) -> list[str]:
    found: list[str] = []
    year, is_empty = 0, False
    for month in months:
        if month // MONTHS != year:
            year = month // MONTHS
            is_empty = not await _matching(tx, readings, org=org, span=(_NONE, before), period=year, limit=1)
        if is_empty:
            continue
        span = (_first_id_of(month), min(before, _first_id_of(month + 1)))
        found += await _of_month(tx, readings, org=org, span=span, month=month, limit=limit - len(found))
        if len(found) >= limit:
            break
    return found


async def _of_month(
    tx: Transaction, readings: Sequence[Wanted], *, org: OrgId, span: tuple[str, str], month: int, limit: int
) -> list[str]:
    if not any(reading.is_common for reading in readings):
        return await _matching(tx, readings, org=org, span=span, period=month)
    if not await _matching(tx, readings, org=org, span=span, period=month, limit=1):
        return []
    await _only_by_grams(tx, is_on=False)
    found = await _among_the_newest(tx, readings, org=org, span=span, limit=limit, read=_ALL)
    await _only_by_grams(tx, is_on=True)
    return found


async def _matching(
    tx: Transaction,
    readings: Sequence[Wanted],
    *,
    org: OrgId,
    span: tuple[str, str],
    period: int | None = None,
    limit: int | None = None,
) -> list[str]:
    """Cases of the span of ids that contain one of the readings, newest first; with `limit` any so many of them.

    `period` is the year or month that the span is in.
    """
    further = () if period is None else (period,)
    asked = [value for reading in readings for value in ([*reading.grams, *further], reading.text)]
    numbers = range(5, 5 + len(asked), 2)
    matched = " OR ".join(f"grams @> ${at}::int[] AND strpos(words, ${at + 1}) > 0" for at in numbers)
    since, before = span
    parameters = (org, since, before, limit, *asked)
    return [case_id for (case_id,) in await tx.rows(_MATCHING.format(matched=matched), parameters)]


def _first_id_of(month: int) -> str:
    """No id that was made in the month is lower (RFC 9562, section 5.7)."""
    at = int(datetime(month // MONTHS, month % MONTHS + 1, 1, tzinfo=UTC).timestamp() * 1000)
    text = f"{at:012x}"
    return f"{text[:8]}-{text[8:]}-0000-0000-000000000000"


async def _only_by_grams(tx: Transaction, *, is_on: bool) -> None:
    """Whether the planner may read nothing in the order of the cases, which it takes for short where it is long."""
    allowed = "off" if is_on else "on"
    await tx.rows("SELECT set_config('enable_indexscan', $1, true), set_config('enable_seqscan', $1, true)", (allowed,))


_SHARES: Final = """
    SELECT common.gram, common.share
    FROM pg_stats s, unnest(s.most_common_elems::text::int[], s.most_common_elem_freqs) AS common (gram, share)
    WHERE s.schemaname = 'intake' AND s.tablename = 'case_search' AND s.attname = 'grams'
        AND common.gram = ANY($1::int[])
"""
_NEWEST: Final = """
    SELECT case_id::text FROM (
        SELECT case_id, words FROM intake.case_search
        WHERE org_id = $1::uuid AND case_id >= $2::uuid AND case_id < $3::uuid
        ORDER BY case_id DESC LIMIT $5::bigint) newest
    WHERE {contained} ORDER BY newest.case_id DESC LIMIT $4
"""
_MATCHING: Final = """
    WITH found AS MATERIALIZED (
        SELECT case_id FROM intake.case_search
        WHERE org_id = $1::uuid AND case_id >= $2::uuid AND case_id < $3::uuid AND ({matched}) LIMIT $4)
    SELECT case_id::text FROM found ORDER BY found.case_id DESC
"""
_ENDS: Final = """
    SELECT
        (SELECT s.case_id::text FROM intake.case_search s WHERE s.org_id = $1::uuid ORDER BY s.case_id LIMIT 1),
        (SELECT s.case_id::text FROM intake.case_search s WHERE s.org_id = $1::uuid AND s.case_id < $2::uuid
         ORDER BY s.case_id DESC LIMIT 1)
"""
