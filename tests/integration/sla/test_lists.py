"""Lists of clocks by state, due instant, breach and owner, and of extensions to decide; each by an index."""

from typing import Any

from sqlalchemy import text

from services.sla.cases import store as cases
from services.sla.clocks.store.listing import ClockFilter, clock_list
from services.sla.extensions import store as extensions
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import CaseCorrectedV1
from shared.kernel.ids import new_id
from shared.kernel.instants import parse_instant
from shared.platform.db.transaction import reading
from tests.integration.sla.conftest import Sla
from tests.support.plans import plans_of, scanned_whole

SEED = (
    """INSERT INTO sla.case_view (org_id, case_id, number, case_type, channel, pack, policy_version, facts, milestones, seq,
        owner) SELECT :org, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'X-' || n, 't', 'erp', 'steel',
        1, '{}', '{}', 0, 'role' || n % 40 FROM generate_series(1, 4000) AS n""",
    """INSERT INTO sla.clock (org_id, clock_id, case_id, rule, start_seq, label_zh, label_en, cite, severity, calendars,
        status, started_at, stopped_at, stopped_by, version, gen, goal, target_cite, due_at, original_due_at, warn_at,
        target_set_at, why, pauses)
    SELECT org_id, case_id, case_id, 'rule' || n % 20, 0, 'zh', 'en', 'c', 'breach', '[]', status, at,
        CASE WHEN status = 'met' THEN at END, '', 1, 1, 'g', 'c', at, at, '{}', at, 'start', '[]'
    FROM (SELECT org_id, case_id, seq, n, CASE WHEN n % 10 = 0 THEN 'running' ELSE 'met' END AS status,
            timestamptz '2026-03-01' + n * interval '1 minute' AS at
        FROM (SELECT *, substr(number, 3)::int AS n FROM sla.case_view WHERE org_id = :org) AS known) AS wanted""",
    """INSERT INTO sla.extension (org_id, extension_id, case_id, clock_id, state, opinion, evidence, due_at_then,
        proposed_due_at, approver_role, requested_by, requested_at, cite, after_breach, reason, decided_by, decided_at,
        granted_due_at)
    SELECT org_id, clock_id, case_id, clock_id, 'granted', '', '{}', due_at, due_at + interval '1 day', 'leader', 'x',
        due_at, 'c', false, '', 'y', due_at, due_at + interval '1 day' FROM sla.clock WHERE org_id = :org""",
    "ANALYZE sla.case_view, sla.clock, sla.extension",
)
CHOSEN = [
    ClockFilter(),
    ClockFilter(state="met", due_before=parse_instant("2026-03-02T00:00:00Z")),
    ClockFilter(breached=True),
    ClockFilter(owner="role10"),
    ClockFilter(clock="rule10"),
]


async def found(sla: Sla, **params: Any) -> list[tuple[str, str]]:
    answer = await sla.get("/v1/clocks", **params)
    assert answer.status_code == 200, answer.text
    return [(item["due_at"][:10], item["state"]) for item in answer.json()["items"]]


async def test_clocks_are_listed_by_state_due_instant_breach_and_owner(sla: Sla) -> None:
    await sla.organisation()
    for day in (5, 9):
        await sla.accepted(at=f"2026-03-{day:02}T10:00")
    await sla.clock_to("2026-03-17T09:00")
    [early, late] = (await sla.get("/v1/clocks")).json()["items"]
    assert [early["breached"], late["breached"]] == [True, False]
    first, second = (early["due_at"][:10], "running"), (late["due_at"][:10], "running")
    assert await found(sla, due_before=late["due_at"]) == [first]
    assert await found(sla, breached="true") == [first]
    assert await found(sla, breached="false") == [second]
    assert await found(sla, owner=early["owner"]) == [first, second]
    assert await found(sla, owner="other") == []
    assert await found(sla, clock=early["clock"]) == [first, second]
    assert await found(sla, state="met") == []
    assert (await sla.get("/v1/clocks", state="done")).status_code == 422
    assert (await sla.get("/v1/extensions", state="pending")).json() == {"items": [], "next": None}


async def test_clocks_say_the_corrected_customer_and_order(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    correction = CaseCorrectedV1(
        case_id=case_id,
        customer_ref="C-9",
        order_ref="SO-9",
        case_type="complaint",
        fields=["customer_ref", "order_ref"],
        actor=ActorV1(subject="li"),
        at=parse_instant("2026-03-05T03:00:00Z"),
    )
    before = len(await sla.events())
    await sla.handle(correction, key=case_id, at=correction.at)
    async with reading(sla.db) as tx:
        known = await cases.find(tx, org=sla.org, case_id=case_id)
    assert known is not None
    assert (known.customer_ref, known.order_ref) == ("C-9", "SO-9")
    assert len(await sla.events()) == before


async def test_each_list_is_read_by_an_index(sla: Sla) -> None:
    org = await sla.organisation()
    async with sla.db.engine.begin() as conn:
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in SEED:
            await conn.execute(text(statement), {"org": org} if ":org" in statement else {})
    plans = plans_of(sla.db.engine.sync_engine)
    async with reading(sla.db) as tx:
        for chosen in CHOSEN:
            await clock_list(tx, chosen, org=org, after=None, limit=51)
            after = (parse_instant("2026-03-01T12:00:00Z"), new_id())
            await clock_list(tx, chosen, org=org, after=after, limit=51)
        await extensions.in_state(tx, org=org, state="pending", approver_role=None, after=None, limit=51)
    assert len(plans) == 2 * len(CHOSEN) + 1
    assert scanned_whole(plans, "clock") + scanned_whole(plans, "extension") == []
