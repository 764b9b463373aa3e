"""Many cases: a text that old ones have and no new one is found page by page, and statistics have a bound."""

import pytest
from sqlalchemy import text

from services.intake.cases.store.listing import CaseFilter, newest_cases
from services.intake.search.rules import grams
from services.intake.search.store import FEW, READ, newest_with, plan_for_values, readings_of
from services.intake.statistics.rules import MOST_CASES
from shared.kernel.ids import CaseId, new_id
from shared.platform.db.transaction import snapshot
from tests.integration.intake.conftest import Intake

NEW = READ + 50
WITHOUT_TIME = CaseId("00000000-0000-4000-8000-000000000000")
# One case in eight hours from the first of November 2023 on; the old ones lie in two years.
CASES = """
INSERT INTO intake.case_file (org_id, case_id, number, case_type, channel, status, pack, pack_version, received_at,
    registered_at, first_responder, owner, customer_ref, facts, milestones, last_at, version, changed_at)
SELECT :org, (substr(ms, 1, 8) || '-' || substr(ms, 9) || '-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'X-' || n,
    'quality_objection', 'erp', 'registered', 'laigang', 1, at, at, 'chen', 'clerk', 'C-1', '{}', '[]', at, 1, at
FROM generate_series(1, :number) AS n, LATERAL (SELECT timestamptz '2023-11-01Z' + n * interval '8 hours') AS t (at),
    LATERAL (SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')) AS id (ms)
"""
WORDS = """
INSERT INTO intake.case_search (org_id, case_id, words, grams)
SELECT org_id, case_id, CASE WHEN substr(number, 3)::int <= :old THEN 'antique' ELSE 'modern' END,
    CASE WHEN substr(number, 3)::int <= :old THEN CAST(:antique AS int[]) ELSE CAST(:modern AS int[]) END
    || extract(year FROM received_at AT TIME ZONE 'UTC')::int
    || (extract(year FROM received_at AT TIME ZONE 'UTC') * 12 + extract(month FROM received_at AT TIME ZONE 'UTC')
        - 1)::int
FROM intake.case_file WHERE org_id = :org
"""


# 2,100 of 12,150 cases are 17 %, 4,000 of 14,050 are 28 %: more than the quarter from which on the index hardly narrows.
@pytest.mark.parametrize("old", [FEW + 100, FEW + 2_000])
async def test_common_words_of_old_cases_are_found_newest_first(intake: Intake, old: int) -> None:
    of_words = {word: grams(intake.org, WITHOUT_TIME, word) for word in ("antique", "modern")}
    async with intake.db.engine.begin() as conn:
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
        await conn.execute(text(CASES), {"org": intake.org, "number": old + NEW})
        await conn.execute(text(WORDS), {"org": intake.org, "old": old, **of_words})
        await conn.execute(text("ANALYZE intake.case_file, intake.case_search"))
    seen: list[str] = []
    after: str | None = None
    while len(seen) < old:
        async with snapshot(intake.db) as tx:
            await plan_for_values(tx)
            page = await newest_cases(tx, CaseFilter(q="ANTIQUE"), org=intake.org, after=after, limit=600)
        seen += [row.number for row in page]
        after = page[-1].case_id
    assert seen == [f"X-{number}" for number in range(old, 0, -1)]
    async with snapshot(intake.db) as tx:
        await plan_for_values(tx)
        assert await newest_cases(tx, CaseFilter(q="antique"), org=intake.org, after=after, limit=2) == []
        assert await newest_cases(tx, CaseFilter(q="nowhere"), org=intake.org, after=None, limit=2) == []
        readings = await readings_of(tx, "antique", org=intake.org)
        assert len(await newest_with(tx, readings, org=intake.org, after=None, limit=5)) == 5
        [newest] = await newest_cases(tx, CaseFilter(q="modern"), org=intake.org, after=None, limit=1)
        assert newest.number == f"X-{old + NEW}"
        assert await newest_cases(tx, CaseFilter(q="antique"), org=intake.foreign, after=None, limit=2) == []
        assert await newest_cases(tx, CaseFilter(q="antique", number="X-7"), org=intake.org, after=new_id(), limit=2)


async def test_more_cases_than_are_counted_in_one_call_are_refused(intake: Intake) -> None:
    async with intake.db.engine.begin() as conn:
        for first in range(0, MOST_CASES + 1, 5_000):
            chosen = {"org": intake.org, "first": first, "last": min(first + 4_999, MOST_CASES)}
            await conn.execute(text(AT_ONE_INSTANT), chosen)
    span = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
    refused = await intake.get("/v1/statistics", **span)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_cases")
    assert refused.json()["fields"] == {"most": 100_000}
    earlier = await intake.get("/v1/statistics", **(span | {"to": "2026-03-01T00:00:00Z"}))
    assert (earlier.status_code, earlier.json()["cases"]) == (200, [])


AT_ONE_INSTANT = """
INSERT INTO intake.case_file (org_id, case_id, number, case_type, channel, status, pack, pack_version, received_at,
    registered_at, first_responder, owner, customer_ref, facts, milestones, last_at, version, changed_at)
SELECT :org, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'X-' || lpad(n::text, 7, '0'),
    'quality_objection', 'erp', 'registered', 'laigang', 1, at, at, 'chen', 'clerk', 'C-1', '{}', '[]', at, 1, at
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n, (SELECT timestamptz '2026-03-01Z') AS t (at)
"""
