"""Lists of cases: by each thing that a case has, by what it contains, in the order of change; each by an index."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.intake.cases.store.listing import CaseFilter, changed_cases, newest_cases
from services.intake.search.store import plan_for_values
from shared.kernel.instants import parse_instant
from shared.platform.db.transaction import snapshot
from tests.integration.intake.conftest import BODY, CUSTOMER, START, Intake
from tests.support.plans import plans_of, scanned_whole


async def numbers(intake: Intake, **params: Any) -> list[str]:
    answer = await intake.get("/v1/cases", **params)
    assert answer.status_code == 200, answer.text
    return [item["number"][-1] for item in answer.json()["items"]]


async def three_cases(intake: Intake) -> list[str]:
    """Of two customers, two orders and two responders; the second one was analysed."""
    other = CUSTOMER | {"ref": "C-7", "name": "Müller & Söhne GmbH", "phone": "+49 (30) 901820"}
    cases = [
        await intake.register(order_ref="SO-1", description="边部裂纹"),
        await intake.register(order_ref="SO-2", customer=other, by="wang"),
        await intake.register(customer=other),
    ]
    await intake.advance(timedelta(hours=1))
    await intake.taken(cases[0], "analyse", {"in_scope": True, "needs_visit": True, "opinion": "edge cracks"})
    return cases


FOUND: list[tuple[dict[str, str], list[str]]] = [
    ({"number": "QO-202603-00002"}, ["2"]),
    ({"order_ref": "SO-2"}, ["2"]),
    ({"customer_ref": "C-7"}, ["3", "2"]),
    ({"first_responder": "wang"}, ["2"]),
    ({"status": "registered"}, ["3", "2"]),
    ({"case_type": "quality_objection"}, ["3", "2", "1"]),
    ({"customer_ref": "C-7", "first_responder": "chen"}, ["3"]),
    ({"changed_after": "2026-03-05T01:30:00Z"}, ["1"]),
    ({"changed_before": "2026-03-05T01:30:00Z"}, ["2", "3"]),
    ({"changed_after": "2026-03-05T00:00:00Z"}, ["2", "3", "1"]),
    ({"q": "裂"}, ["1"]),
    ({"q": "江苏"}, ["1"]),
    ({"q": "某机械有限"}, ["1"]),
    ({"q": "ＳＯ-２"}, ["2"]),
    ({"q": "so-"}, ["2", "1"]),
    ({"q": "MÜLLER"}, ["3", "2"]),
    ({"q": "söhne gmbh"}, ["3", "2"]),
    ({"q": "4930901820"}, ["3", "2"]),
    ({"q": "030-90"}, []),
    ({"q": "(30) 9018"}, ["3", "2"]),
    ({"q": "00002"}, ["2"]),
    ({"q": "2\nSO"}, []),
    ({"q": "纹裂"}, []),
    ({"q": "%"}, []),
    ({"q": " "}, ["3", "2", "1"]),
]


async def test_cases_are_found_by_what_they_have(intake: Intake) -> None:
    await three_cases(intake)
    assert [(chosen, await numbers(intake, **chosen)) for chosen, _ in FOUND] == FOUND


async def test_a_list_shows_customer_and_order(intake: Intake) -> None:
    await intake.register(order_ref="SO-1")
    [item] = (await intake.get("/v1/cases", order_ref="SO-1")).json()["items"]
    shown = (item["customer_name"], item["customer_ref"], item["order_ref"], item["first_responder"])
    assert shown == (CUSTOMER["name"], "C-2201", "SO-1", "chen")
    assert parse_instant(item["changed_at"]) == START


PARAMS: list[dict[str, str]] = [{"changed_after": "2026-03-01T00:00:00Z"}, {"q": "o"}, {"status": "registered"}]


async def test_every_order_has_pages(intake: Intake) -> None:
    for _ in range(5):
        await intake.register()
    for params in PARAMS:
        whole = await numbers(intake, **params)
        pages: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = (await intake.get("/v1/cases", limit=2, **params, **after)).json()
            pages += [item["number"][-1] for item in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert pages == whole
        assert len(pages) == 5


async def test_a_search_does_not_meet_another_organisation(intake: Intake) -> None:
    await intake.post("/v1/cases", BODY, org=intake.foreign)
    assert await numbers(intake, q="江") == []
    assert await numbers(intake, org=intake.foreign, q="江") == ["1"]


async def test_a_search_and_an_order_of_change_are_not_asked_for_together(intake: Intake) -> None:
    answer = await intake.get("/v1/cases", q="a", changed_after="2026-03-01T00:00:00Z")
    assert (answer.status_code, answer.json()["fields"]) == (422, [{"path": "/query/q", "code": "not_with_changed"}])


SEED = """
INSERT INTO intake.case_file (org_id, case_id, number, case_type, channel, status, pack, pack_version, received_at,
    registered_at, first_responder, owner, customer_ref, order_ref, facts, milestones, last_at, version, changed_at)
SELECT :org, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'X-' || n, 'type' || n % 50, 'erp',
    'status' || n % 50, 'laigang', 1, now, now, 'person' || n % 100, 'role' || n % 50, 'C-' || n % 500, 'SO-' || n, '{}',
    '[]', now, 1, now
FROM generate_series(1, 4000) AS n, LATERAL (SELECT timestamptz '2026-03-01' + n * interval '1 minute') AS t (now)
"""
SEED_WORDS = """
INSERT INTO intake.case_search (org_id, case_id, words, grams)
SELECT org_id, case_id, 'x-' || n, ARRAY[n % 100, 1000 + n % 500]
FROM (SELECT *, substr(number, 3)::int AS n FROM intake.case_file WHERE org_id = :org) AS seeded
"""


CHOSEN = [
    CaseFilter(),
    CaseFilter(number="X-77"),
    CaseFilter(order_ref="SO-77"),
    CaseFilter(customer_ref="C-77"),
    CaseFilter(owner="role7"),
    CaseFilter(first_responder="person7"),
    CaseFilter(status="status7"),
    CaseFilter(case_type="type7"),
    CaseFilter(changed_after=START),
    CaseFilter(changed_before=START, owner="role7"),
    CaseFilter(q="某"),
    CaseFilter(q="某某公司"),
]


async def test_each_list_is_read_by_an_index(intake: Intake) -> None:
    async with intake.db.engine.begin() as conn:
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
        await conn.execute(text(SEED), {"org": intake.org})
        await conn.execute(text(SEED_WORDS), {"org": intake.org})
        await conn.execute(text("ANALYZE intake.case_file, intake.case_search"))
    plans = plans_of(intake.db.engine.sync_engine)
    async with snapshot(intake.db) as tx:
        await plan_for_values(tx)
        for chosen in CHOSEN:
            if chosen.is_by_change:
                await changed_cases(tx, chosen, org=intake.org, after=None, limit=51)
            else:
                await newest_cases(tx, chosen, org=intake.org, after=None, limit=51)
    assert len(plans) == len(CHOSEN)
    assert scanned_whole(plans, "case_file") + scanned_whole(plans, "case_search") == []
