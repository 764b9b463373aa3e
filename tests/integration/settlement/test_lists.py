"""Lists of remedies and payouts by state, and the ledger of a period with balances and as CSV; each by an index."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text

from services.settlement.ledger import store as ledger
from services.settlement.payouts.store import lists
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.store import remedies
from services.settlement.remedies.store.remedies import RemedyFilter
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import CaseCorrectedV1
from shared.kernel.instants import instant_text
from shared.platform.db.transaction import reading
from tests.integration.settlement.conftest import START, Desk
from tests.support.plans import plans_of, scanned_whole

SEED = (
    """INSERT INTO settlement.remedy (org_id, remedy_id, case_id, remedy, mode, cite, state, version, amount_minor,
        currency, quote, quote_hash, quoted_at, expires_at, returned, released, final)
    SELECT org_id, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, case_id, remedy, mode, cite,
        CASE WHEN n % 100 = 0 THEN 'accepted' ELSE 'executed' END, 1, amount_minor, currency, quote, quote_hash,
        quoted_at, expires_at, returned, released, final
    FROM settlement.remedy, generate_series(1, 4000) AS n WHERE org_id = :org""",
    """INSERT INTO settlement.payout (org_id, payout_id, case_id, remedy_id, basis_id, request, amount_minor, currency,
        state, attempt, requested_at, next_at)
    SELECT org_id, remedy_id, case_id, remedy_id, remedy_id, '{}', 1, 'CNY',
        CASE WHEN state = 'accepted' THEN 'unknown' ELSE 'executed' END, 0, quoted_at, quoted_at
    FROM settlement.remedy WHERE org_id = :org AND version = 1 AND remedy_id::text LIKE '00000000%'""",
    """INSERT INTO settlement.ledger_entry (org_id, entry_id, case_id, remedy_id, business_key, at)
    SELECT org_id, payout_id, case_id, remedy_id, remedy_id::text, requested_at - interval '1 year'
        + right(payout_id::text, 12)::int * interval '1 minute' FROM settlement.payout WHERE org_id = :org""",
    """INSERT INTO settlement.ledger_posting (org_id, entry_id, line, account, amount_minor, currency, cite)
    SELECT org_id, entry_id, line, 'a' || line, 3 - 2 * line, 'CNY', 'c'
    FROM settlement.ledger_entry, generate_series(1, 2) AS line WHERE org_id = :org AND business_key NOT LIKE 'remedy%'""",
    "ANALYZE settlement.remedy, settlement.payout, settlement.ledger_entry, settlement.ledger_posting",
)


async def paid(desk: Desk) -> dict[str, Any]:
    remedy = await desk.payable()
    assert (await desk.act("sun", remedy, "payout")).status_code == 202
    assert [each["remedy_id"] for each in (await desk.get("/v1/payouts?state=to_send"))["items"]] == [
        remedy["remedy_id"]
    ]
    while await desk.state(remedy) != "executed":
        await desk.pay()
    return remedy


async def test_what_is_to_be_approved_paid_and_booked(desk: Desk) -> None:
    accepted = await desk.accepted(await desk.a_case())
    remedy = await paid(desk)
    listed = (await desk.get("/v1/remedies?state=accepted"))["items"]
    assert [(each["remedy_id"], each["missing_approvals"]) for each in listed] == [
        (accepted["remedy_id"], accepted["missing_approvals"])
    ]
    assert (await desk.get("/v1/remedies?state=accepted&remedy=replacement"))["items"] == []
    [payout] = (await desk.get("/v1/payouts?state=executed"))["items"]
    assert (payout["remedy_id"], payout["amount"]["minor"]) == (remedy["remedy_id"], 2_100_000)
    older = f"/v1/payouts?state=executed&older_than={payout['requested_at']}"
    assert (await desk.get(older))["items"] == []
    span = f"from={instant_text(START - timedelta(days=1))}&to={instant_text(START + timedelta(days=1))}"
    await holds_the_ledger(desk, span, remedy)


async def holds_the_ledger(desk: Desk, span: str, remedy: dict[str, Any]) -> None:
    whole = await desk.get(f"/v1/ledger?{span}")
    assert [(each["account"], each["amount"]["minor"]) for each in whole["items"]] == [
        ("sales_returns", 2_100_000),
        ("accounts_receivable", -2_100_000),
    ]
    balances = {each["account"]: [each[part]["minor"] for part in PARTS] for each in whole["balances"]}
    assert balances == {
        "accounts_receivable": [0, 0, 2_100_000, -2_100_000],
        "sales_returns": [0, 2_100_000, 0, 2_100_000],
    }
    first = await desk.get(f"/v1/ledger?{span}&limit=1")
    second = await desk.get(f"/v1/ledger?{span}&limit=1&after={first['next']}")
    assert (first["items"] + second["items"], second["next"]) == (whole["items"], None)
    one = await desk.get(f"/v1/ledger?{span}&account=sales_returns")
    assert ([each["account"] for each in one["items"]], len(one["balances"])) == (["sales_returns"], 1)
    rows = await exported(desk, f"format=csv&{span}")
    assert [(row["account"], row["debit"], row["credit"], row["case_id"]) for row in rows] == [
        ("sales_returns", "21000.00", "", remedy["case_id"]),
        ("accounts_receivable", "", "21000.00", remedy["case_id"]),
    ]

    assert await exported(desk, "format=csv") == rows
    assert [row["account"] for row in await exported(desk, f"format=csv&{span}&account=sales_returns")] == [
        "sales_returns"
    ]
    assert await exported(desk, f"format=csv&to={instant_text(START - timedelta(days=1))}") == []


async def exported(desk: Desk, query: str) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {desk.token('sun')}"}
    answer = await desk.client.get(f"/v1/exports/ledger?{query}", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


PARTS = ("opening", "debit", "credit", "closing")


async def test_remedies_are_listed_by_who_approves_and_whose_they_are(desk: Desk) -> None:
    mine = await desk.accepted(await desk.a_case(customer="C-77"))
    other = await desk.quote(await desk.a_case(customer="C-78"))
    first, *_ = mine["missing_approvals"]
    assert await listed(desk, role=first) == [mine["remedy_id"]]
    assert await listed(desk, role="nobody_of_the_row") == []
    assert await listed(desk, customer_ref="C-78") == [other["remedy_id"]]
    assert await listed(desk, customer_ref="C-78", role=first) == []
    assert await listed(desk, state="quoted", customer_ref="C-77") == []
    assert set(await listed(desk)) >= {mine["remedy_id"], other["remedy_id"]}
    assert (await desk.act("liu", mine, "approve")).status_code == 200
    assert await listed(desk, role=first) == []


async def test_a_corrected_case_is_known_by_its_right_customer_and_who_corrected_it_approves_nothing(
    desk: Desk,
) -> None:
    case_id = await desk.a_case(customer="C-77")
    remedy = await desk.accepted(case_id)
    correction = CaseCorrectedV1(
        case_id=case_id,
        customer_ref="C-99",
        order_ref="SO-9",
        case_type="quality_objection",
        fields=["customer_ref", "order_ref"],
        actor=ActorV1(subject="liu"),
        at=START,
    )
    await desk.tell(correction)
    assert await listed(desk, customer_ref="C-77") == []
    assert await listed(desk, customer_ref="C-99") == [remedy["remedy_id"]]
    refused = await desk.act("liu", remedy, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")


async def listed(desk: Desk, **chosen: str) -> list[str]:
    return [each["remedy_id"] for each in (await desk.get(f"/v1/remedies?{urlencode(chosen)}"))["items"]]


CHOSEN = [
    RemedyFilter(),
    RemedyFilter(state=State.ACCEPTED),
    RemedyFilter(role="leader"),
    RemedyFilter(customer_ref="C-1"),
]


async def test_each_list_is_read_by_an_index(desk: Desk) -> None:
    await desk.quote(await desk.a_case())
    async with desk.db.engine.begin() as conn:
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in SEED:
            await conn.execute(text(statement), {"org": desk.org} if ":org" in statement else {})
    plans = plans_of(desk.db.engine.sync_engine)
    org, day = desk.org, ledger.Period(since=START - timedelta(days=365), until=START - timedelta(days=364))
    async with reading(desk.db) as tx:
        for chosen in CHOSEN:
            await remedies.page_of(tx, chosen, org=org, after=None, limit=51)
        await lists.in_state(tx, org=org, state="unknown", older_than=START, after=None, limit=51)
        await ledger.of_period(tx, day, org=org, after=None, limit=51)
    assert len(plans) >= 3
    for table in ("remedy", "payout", "ledger_entry", "ledger_posting"):
        assert scanned_whole(plans, table) == [], table
