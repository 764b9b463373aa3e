"""Looks at other remedies on a real PostgreSQL: what counts, the currencies, the quarter, and two approvals at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.settlement.approvals.use_cases.approve_remedy import ApproveRemedy, approve_remedy
from services.settlement.looks.rules import COUNTING, MOST_SHOWN
from services.settlement.looks.store import BY_CUSTOMER, BY_ORDER
from services.settlement.remedies.rules.states import State
from shared.kernel.actor import Actor
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import ROLES, START, Desk
from tests.support.event_samples import an_event
from tests.support.waiting import until_a_statement_waits

LABEL = {"zh": "看", "en": "Look"}
SPENT = {"id": "spent", "label": LABEL, "same": ["customer"], "period": "quarter", "cite": "X-1 Art.1"}
OF_ORDER = {"id": "of_order", "label": LABEL, "same": ["order"], "cite": "X-2 Art.2"}
ROWS: list[dict[str, Any]] = [
    {"up_to": "500.00", "roles": ["objection_team", "unit_leader"], "cite": "X-3 Art.3"},
    {"up_to": None, "roles": ["centre_leader"], "cite": "X-4 Art.4"},
]
ONE = [{"up_to": None, "roles": ["centre_leader"], "cite": "X-4 Art.4"}]


def _gate(that: str) -> dict[str, Any]:
    return {"that": that, "code": "too_much", "message": {"zh": "超出", "en": "Too much"}, "cite": "X-5 Art.5"}


async def publish(
    desk: Desk, *, that: str | None = None, action: str = "approve", most: str | None = None, **changes: Any
) -> None:
    """The remedy `money_compensation` with a gate and a largest amount of its own, and nothing else required."""
    section = {"looks": [SPENT, OF_ORDER], "approval": ONE, **changes}
    base = (await desk.section())["remedies"]
    [remedy] = [each for each in base if each["id"] == "money_compensation"]
    [amount] = remedy["inputs"]
    remedy = {**remedy, "inputs": [{**amount, **({"max": most} if most else {})}]}
    require = {action: [_gate(that)]} if that is not None else {}
    yen = {**remedy, "id": "in_yen", "currency": "JPY"}
    await desk.publish(**section, remedies=[{**remedy, "require": require}, {**yen, "require": {}}])


async def accepted(desk: Desk, amount: str, remedy: str = "money_compensation", **case: Any) -> dict[str, Any]:
    return await desk.accepted(await desk.a_case(**case), remedy, agreed_amount=amount)


async def granted(desk: Desk, amount: str, remedy: str = "money_compensation", **case: Any) -> dict[str, Any]:
    approved = await desk.act("liu", await accepted(desk, amount, remedy, **case), "approve")
    assert approved.json()["state"] == "approved", approved.text
    body: dict[str, Any] = approved.json()
    return body


async def looked(desk: Desk, remedy: dict[str, Any]) -> dict[str, Any]:
    """What the newest look of that remedy answered."""
    newest: dict[str, Any] = (await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain"))["looks"][-1]
    return newest


async def test_a_sum_is_of_approved_remedies_of_the_customer_in_the_same_currency(desk: Desk) -> None:
    """100.00 and 250.50 were granted; 70.00 waits, 60.00 was declined, 9 is in yen, 30.00 is another customer's."""
    await publish(desk, that="looks.spent.sum + number(inputs.agreed_amount) <= 400", action="quote")
    first, second = await granted(desk, "100.00"), await granted(desk, "250.50")
    await accepted(desk, "40.00")
    await desk.act("liu", await accepted(desk, "45.00"), "decline", reason="no")
    await granted(desk, "9", "in_yen")
    await granted(desk, "30.00", customer="C-2")

    within = await desk.quote(await desk.a_case(), "money_compensation", agreed_amount="49.50")

    answer = await looked(desk, within)
    assert (answer["action"], answer["look"], answer["count"], answer["sum"]["minor"]) == ("quote", "spent", 3, 35_050)
    assert {first["remedy_id"], second["remedy_id"]} <= set(answer["remedies"])
    body = {"remedy": "money_compensation", "inputs": {"agreed_amount": "49.51"}}
    above = await desk.post("wang", f"/v1/cases/{await desk.a_case()}/remedies", body)
    assert (above.status_code, above.json()["code"], above.json()["cite"]) == (409, "too_much", "X-5 Art.5")


async def test_two_refunds_on_one_order_and_not_a_third(desk: Desk) -> None:
    await publish(desk, that="looks.of_order.count < 2")
    await granted(desk, "1.00", order="O-1")
    await granted(desk, "1.00", order="O-1", customer="C-2")
    await granted(desk, "1.00", order="O-2")

    third = await desk.act("liu", await accepted(desk, "1.00", order="O-1"), "approve")
    assert third.json()["code"] == "too_much"
    without = await desk.act("liu", await accepted(desk, "1.00"), "approve")
    assert without.json()["code"] == "too_much", "without an order the look is null, and the gate does not hold"


async def test_a_quarter_begins_at_midnight_of_the_zone(desk: Desk) -> None:
    """Approved at 23:59:59 on 31 March in Shanghai counts in the first quarter, a second later no more."""
    await publish(desk, that="looks.spent.sum == 0")
    end = timedelta(days=25, hours=13, minutes=59, seconds=59)  # from 6 March 10:00
    await desk.pass_time(end)
    await granted(desk, "10.00")
    assert (await desk.act("liu", await accepted(desk, "10.00"), "approve")).json()["code"] == "too_much"
    await desk.pass_time(timedelta(seconds=1))
    await granted(desk, "10.00")


async def test_of_two_approvals_at_once_the_second_waits_for_the_first_and_sees_it(desk: Desk) -> None:
    """Each is 300.00 and fits alone; 600.00 is above the 500.00 of the customer and quarter."""
    await publish(desk, that="looks.spent.sum + remedy.amount_minor / 100 <= 500")
    first, second = [await accepted(desk, "300.00") for _ in range(2)]
    cmd = ApproveRemedy(org=desk.org, remedy_id=first["remedy_id"], quote_hash=first["quote_hash"])
    liu = Actor(subject="liu", roles=frozenset(ROLES["liu"]))

    async with transaction(desk.db) as tx:
        assert (await approve_remedy(tx, cmd, actor=liu, now=desk.now)).state is State.APPROVED
        meanwhile = asyncio.create_task(desk.act("liu", second, "approve"))
        await until_a_statement_waits(desk.db)

    assert (await meanwhile).json()["code"] == "too_much"
    assert (await desk.state(first), await desk.state(second)) == ("approved", "accepted")


async def test_a_bound_over_a_look_is_asked_again_before_the_approval(desk: Desk) -> None:
    """300.00 is within 500.00 when both are quoted, and above the 200.00 that are left when the first is approved."""
    await publish(desk, most="500 - looks.spent.sum")
    first, second = await accepted(desk, "300.00"), await accepted(desk, "300.00")
    assert (await desk.act("liu", first, "approve")).status_code == 200

    refused = await desk.act("liu", second, "approve")

    assert (refused.status_code, refused.json()["code"]) == (409, "quote_changed")
    assert refused.json()["fields"] == {"agreed_amount": "above_maximum 200"}


async def test_another_customer_waits_for_none(desk: Desk) -> None:
    await publish(desk, that="looks.spent.sum + remedy.amount_minor / 100 <= 500")
    first, other = await accepted(desk, "300.00"), await accepted(desk, "300.00", customer="C-2")
    cmd = ApproveRemedy(org=desk.org, remedy_id=first["remedy_id"], quote_hash=first["quote_hash"])
    liu = Actor(subject="liu", roles=frozenset(ROLES["liu"]))

    async with transaction(desk.db) as tx:
        await approve_remedy(tx, cmd, actor=liu, now=desk.now)
        assert (await desk.act("liu", other, "approve")).json()["state"] == "approved"


async def test_the_table_adds_what_was_granted_before(desk: Desk) -> None:
    """300.00 alone falls into the row up to 500.00; with 200.01 granted since, 500.01 needs the centre's leader."""
    await publish(desk, approval=[row | {"cumulative": "spent"} for row in ROWS])
    alone, then = await accepted(desk, "300.00"), await accepted(desk, "200.01", customer="C-1")
    assert alone["missing_approvals"] == ["objection_team", "unit_leader"]
    for who in ("lin_of_team", "ma"):
        assert (await desk.act(who, then, "approve")).status_code == 200

    refused = await desk.act("ma", alone, "approve")
    assert (refused.json()["code"], refused.json()["fields"]) == (
        "approval_role_required",
        {"roles": ["centre_leader"]},
    )
    approved = await desk.act("liu", alone, "approve")
    assert approved.json()["state"] == "approved"
    sheet = await desk.get(f"/v1/remedies/{alone['remedy_id']}/explain")
    assert (sheet["approval"]["up_to"], sheet["approval"]["compared"]["minor"]) == (None, 50_001)
    assert [(one["action"], one["sum"]["minor"]) for one in sheet["looks"]] == [
        ("quote", 0), ("offer", 0), ("accept", 0), ("approve", 20_001),
    ]  # fmt: skip


async def test_each_row_adds_what_its_own_look_found(desk: Desk) -> None:
    """Up to 500.00 a quarter for the customer, else up to 900.00 for the order, else the centre's leader.

    Granted before: 450.00 on order O-1. Then 60.00 on O-1: 510.00 and 510.00, the second row. 60.00 on O-2: 570.00
    and 60.00, the second row. 400.00 on O-1: 910.00 and 910.00, the last. Without an order the look of the second row
    is null, and 560.00 is above the first: the last row.
    """
    first, last = ROWS
    second = {"up_to": "900.00", "roles": ["unit_leader"], "cumulative": "of_order", "cite": "X-6 Art.6"}
    await publish(desk, approval=[first | {"cumulative": "spent"}, second, last])
    before = await accepted(desk, "450.00", order="O-1")
    for who in ("lin_of_team", "ma"):
        assert (await desk.act(who, before, "approve")).status_code == 200

    on_same = await accepted(desk, "60.00", order="O-1")
    assert on_same["missing_approvals"] == ["unit_leader"]
    assert (await desk.act("ma", on_same, "approve")).json()["state"] == "approved"
    sheet = (await desk.get(f"/v1/remedies/{on_same['remedy_id']}/explain"))["approval"]
    assert (sheet["cumulative"], sheet["compared"]["minor"], sheet["cite"]) == ("of_order", 51_000, "X-6 Art.6")
    assert [(each["cumulative"], each["compared"]["minor"], each["fits"]) for each in sheet["rows"]] == [
        ("spent", 51_000, False),
        ("of_order", 51_000, True),
    ]
    other = await accepted(desk, "60.00", order="O-2")
    assert (other["missing_approvals"], await compared(desk, other)) == (["unit_leader"], [57_000, 6_000])
    large = await accepted(desk, "400.00", order="O-1")
    assert (large["missing_approvals"], await compared(desk, large)) == (["centre_leader"], [91_000, 91_000, 40_000])
    without = await accepted(desk, "50.00")
    assert (without["missing_approvals"], await compared(desk, without)) == (["centre_leader"], [56_000, None, 5_000])


async def compared(desk: Desk, remedy: dict[str, Any]) -> list[int | None]:
    """What the limits of the rows were compared with, in minor units."""
    rows = (await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain"))["approval"]["rows"]
    return [each["compared"] and each["compared"]["minor"] for each in rows]


async def test_what_was_approved_is_paid_whatever_others_are_granted_afterwards(desk: Desk) -> None:
    await publish(desk, approval=[row | {"cumulative": "spent"} for row in ROWS])
    case_id = await desk.a_case()
    first = await desk.accepted(case_id, "money_compensation", agreed_amount="300.00")
    for who in ("lin_of_team", "ma"):
        assert (await desk.act(who, first, "approve")).status_code == 200
    await granted(desk, "900.00")
    certificate = {"certificate": "tax_return_allowance_certificate", "reference": "税 1"}
    assert (await desk.act("sun", first, "certificate", **certificate)).status_code == 200
    await desk.issue_notice(case_id, 30_000)

    paid = await desk.act("sun", first, "payout")

    assert (paid.status_code, paid.json()["state"]) == (202, "payout_requested"), paid.text


async def test_a_purged_case_counts_no_more(desk: Desk) -> None:
    await publish(desk, that="looks.spent.count == 0")
    gone = await granted(desk, "10.00")
    await desk.tell(an_event("case.purged", gone["case_id"]))
    await granted(desk, "10.00")


MANY_CASES = """
    INSERT INTO case_view (org_id, case_id, number, case_type, pack, policy_version, customer_ref, order_ref, facts,
        milestones, documents)
    SELECT $1::text::uuid, ('01890a5d-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'N', 'quality_objection',
        'laigang', 1, 'M-' || n / 5, 'O-' || n / 2, '{}', '[]', '[]'
    FROM generate_series(1, 20000) n
"""
A_REMEDY_EACH = """
    INSERT INTO remedy (org_id, remedy_id, case_id, remedy, mode, cite, state, version, amount_minor, currency, quote,
        quote_hash, quoted_at, expires_at, returned, released, final)
    SELECT c.org_id, c.case_id, c.case_id, remedy, mode, cite, 'executed', 1, amount_minor, currency, quote, quote_hash,
        quoted_at, expires_at, returned, released, final
    FROM remedy r, case_view c WHERE r.org_id = $1::uuid AND c.org_id = $1::uuid AND c.customer_ref LIKE 'M-%'
"""


@pytest.mark.parametrize(
    ("statement", "key", "index"),
    [
        (BY_CUSTOMER, ("M-7", None), "ix_case_view_customer"),
        (BY_ORDER, (None, "O-7"), "ix_case_view_order"),
        (BY_ORDER, ("M-7", "O-17"), "ix_case_view_order"),
    ],
)
async def test_others_are_found_by_an_index(
    desk: Desk, statement: str, key: tuple[str | None, ...], index: str
) -> None:
    """Of 20,000 cases with a remedy each, five to a customer and two to an order."""
    await desk.quote(await desk.a_case())
    chosen: tuple[object, ...] = (list(COUNTING["approved"]), [], [], None, START, MOST_SHOWN)
    async with transaction(desk.db) as tx:
        await tx.rows(MANY_CASES, (desk.org,))
        await tx.rows(A_REMEDY_EACH, (desk.org,))
        await tx.rows("ANALYZE case_view, remedy")
        lines = await tx.rows(f"EXPLAIN {statement}", (desk.org, "laigang", None, "CNY", *key, None, "{}", *chosen))
    plan = "\n".join(line for (line,) in lines)
    assert index in plan
    assert "Seq Scan on case_view" not in plan
