"""Steps that withdraw remedies on a real PostgreSQL: what ends, what is kept, who is refused, and two at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.settlement.payouts.store.lost import LOST_PAYMENT
from services.settlement.payouts.store.payouts import PAYOUT
from services.settlement.payouts.use_cases.request_payout import RequestPayout, request_payout
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.use_cases.accept_remedy import AcceptRemedy, accept_remedy
from shared.contracts.envelope import TextV1
from shared.contracts.intake import WithdrawsV1
from shared.kernel.actor import Actor
from shared.kernel.ids import new_id
from shared.kernel.money import Money
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import ROLES, Desk
from tests.support.waiting import until_a_statement_waits

ALL = WithdrawsV1(label=TextV1(zh="重量已更正", en="The weight was corrected"), cite="X-7 Art.7")
SAID = {"step": "step", "reason": {"zh": "重量已更正", "en": "The weight was corrected"}, "cite": "X-7 Art.7"}
AT = "2026-03-06T02:00:00Z"


async def correct_weight(desk: Desk, case_id: str, *rows: WithdrawsV1, **event: Any) -> None:
    await desk.advance(case_id, "weight.corrected", withdraws=rows or (ALL,), **event)


async def offered(desk: Desk, case_id: str, remedy: str = "price_difference", **inputs: Any) -> dict[str, Any]:
    quoted = await desk.quote(case_id, remedy, **inputs)
    assert (await desk.act("wang", quoted, "offer")).status_code == 200
    return quoted


async def withdrawal(desk: Desk, remedy: dict[str, Any]) -> Any:
    return (await desk.get(f"/v1/remedies/{remedy['remedy_id']}"))["withdrawal"]


async def test_an_offer_ends_with_the_step_and_another_may_be_offered(desk: Desk) -> None:
    case_id = await desk.a_case()
    first = await offered(desk, case_id)

    await correct_weight(desk, case_id, quantity_t="50")

    assert await desk.state(first) == "withdrawn"
    assert await withdrawal(desk, first) == {**SAID, "at": AT, "found": "offered", "done": True}
    refused = await desk.act("buyer", first, "accept")
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
        409,
        "remedy_withdrawn",
        "X-7 Art.7",
    )
    assert refused.json()["fields"] == {"action": "accept", "step": "step", "at": AT}
    assert refused.json()["title"] == "The weight was corrected"
    assert (await desk.events())[-2:] == ["remedy.offered.v1", "remedy.withdrawn.v1"]
    second = await offered(desk, case_id)
    assert (await desk.act("buyer", second, "accept")).json()["state"] == "accepted"


async def test_explain_shows_the_step_and_the_list_knows_the_state(desk: Desk) -> None:
    case_id = await desk.a_case()
    first = await offered(desk, case_id)
    await correct_weight(desk, case_id)
    sheet = await desk.get(f"/v1/remedies/{first['remedy_id']}/explain")
    assert sheet["remedy"]["withdrawal"] == {**SAID, "at": AT, "found": "offered", "done": True}
    listed = await desk.get("/v1/remedies?state=withdrawn")
    assert [each["remedy_id"] for each in listed["items"]] == [first["remedy_id"]]
    assert listed["items"][0]["missing_approvals"] == []


async def test_quotes_and_agreed_remedies_end_too_and_other_remedies_and_cases_do_not(desk: Desk) -> None:
    case_id, other = await desk.a_case(), await desk.a_case()
    agreed, quoted = await desk.accepted(case_id), await desk.quote(case_id)
    money = await desk.quote(case_id, "money_compensation", agreed_amount="10.00")
    elsewhere = await offered(desk, other)

    row = ALL.model_copy(update={"remedies": ["price_difference"]})
    await correct_weight(desk, case_id, row)

    states = [await desk.state(each) for each in (agreed, quoted, money, elsewhere)]
    assert states == ["withdrawn", "withdrawn", "quoted", "offered"]
    assert (await withdrawal(desk, agreed))["found"] == "accepted"
    assert (await desk.get("/v1/remedies?role=centre_leader"))["items"] == []


async def test_an_approved_remedy_without_a_payout_ends_and_is_not_paid(desk: Desk) -> None:
    approved = await desk.payable()
    await correct_weight(desk, approved["case_id"])
    refused = await desk.act("sun", approved, "payout")
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
        409,
        "remedy_withdrawn",
        "X-7 Art.7",
    )
    assert (await desk.rows(PAYOUT), desk.paid()) == ([], [])


async def test_money_on_its_way_is_paid_and_that_is_told_once(desk: Desk) -> None:
    remedy = await desk.payable()
    assert (await desk.act("sun", remedy, "payout")).json()["state"] == "payout_requested"

    await correct_weight(desk, remedy["case_id"])
    await correct_weight(desk, remedy["case_id"])
    await desk.pay()

    assert (await desk.state(remedy), desk.paid()) == ("executed", [remedy["amount"]["minor"]])
    assert await withdrawal(desk, remedy) == {**SAID, "at": AT, "found": "payout_requested", "done": False}
    assert (await desk.events()).count("remedy.not_withdrawn.v1") == 1


async def test_a_payment_that_comes_back_withdraws_the_remedy(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    await desk.pay()
    await correct_weight(desk, remedy["case_id"])
    assert await withdrawal(desk, remedy) == {**SAID, "at": AT, "found": "executed", "done": False}

    desk.books.change(desk.booked(), status="failed", code="account_closed", text="returned")
    await desk.pass_time(timedelta(days=1))
    await desk.pay()

    assert await desk.state(remedy) == "withdrawn"
    assert (await desk.events())[-2:] == ["remedy.payout_reversed.v1", "remedy.withdrawn.v1"]
    assert (await desk.act("sun", remedy, "payout")).json()["code"] == "remedy_withdrawn"


async def test_what_a_lost_payment_may_have_paid_is_kept(desk: Desk) -> None:
    remedy = await desk.payable()
    row = {"org_id": desk.org, "payout_id": new_id(), "case_id": remedy["case_id"], "remedy_id": remedy["remedy_id"]}
    async with transaction(desk.db) as tx:
        await tx.execute(LOST_PAYMENT.insert().values(**row, remedy=remedy["remedy"]))
    await correct_weight(desk, remedy["case_id"])
    assert await desk.state(remedy) == "approved"
    assert (await withdrawal(desk, remedy))["done"] is False


async def test_a_newer_quote_ends_the_older_offer_and_not_itself(desk: Desk) -> None:
    case_id = await desk.a_case()
    older = await offered(desk, case_id)
    newer, newest = await desk.quote(case_id), await desk.quote(case_id)

    await correct_weight(desk, case_id, ALL.model_copy(update={"earlier_than": newer["remedy_id"]}))

    assert [await desk.state(each) for each in (older, newer, newest)] == ["withdrawn", "quoted", "quoted"]
    assert (await desk.act("wang", newer, "offer")).json()["state"] == "offered"


async def test_the_step_counts_from_when_it_was_recorded_and_is_carried_out_when_it_is_heard(desk: Desk) -> None:
    """Recorded at 10:00, accepted at 10:05 because settlement had not heard, heard at 10:10."""
    case_id = await desk.a_case()
    remedy = await offered(desk, case_id)
    recorded = desk.now
    await desk.pass_time(timedelta(minutes=5))
    assert (await desk.act("buyer", remedy, "accept")).json()["state"] == "accepted"
    await desk.pass_time(timedelta(minutes=5))

    await correct_weight(desk, case_id, at=recorded)

    assert await withdrawal(desk, remedy) == {**SAID, "at": AT, "found": "accepted", "done": True}


async def test_an_acceptance_and_a_withdrawal_at_once(desk: Desk) -> None:
    """The acceptance holds the case; the step waits for it, and ends what was accepted."""
    case_id = await desk.a_case()
    remedy = await offered(desk, case_id)
    cmd = AcceptRemedy(org=desk.org, remedy_id=remedy["remedy_id"], quote_hash=remedy["quote_hash"], consent=None)
    buyer = Actor(subject="buyer", roles=frozenset(ROLES["buyer"]))

    async with transaction(desk.db) as tx:
        assert (await accept_remedy(tx, cmd, actor=buyer, now=desk.now)).state is State.ACCEPTED
        meanwhile = asyncio.create_task(correct_weight(desk, case_id))
        await until_a_statement_waits(desk.db)
    await meanwhile

    assert (await desk.state(remedy), (await withdrawal(desk, remedy))["found"]) == ("withdrawn", "accepted")
    assert (await desk.events())[-2:] == ["remedy.accepted.v1", "remedy.withdrawn.v1"]


async def test_a_payout_and_a_withdrawal_at_once(desk: Desk) -> None:
    """The payout holds the case; the step waits for it, and finds the money on its way."""
    remedy = await desk.payable()
    amount = Money(minor=remedy["amount"]["minor"], currency="CNY")
    cmd = RequestPayout(org=desk.org, remedy_id=remedy["remedy_id"], amount=amount, quote_hash=None, callback_url=None)
    sun = Actor(subject="sun", roles=frozenset(ROLES["sun"]))

    async with transaction(desk.db) as tx:
        assert (await request_payout(tx, cmd, actor=sun, now=desk.now)).state is State.PAYOUT_REQUESTED
        meanwhile = asyncio.create_task(correct_weight(desk, remedy["case_id"]))
        await until_a_statement_waits(desk.db)
    await meanwhile
    await desk.pay()

    assert (await desk.state(remedy), desk.paid()) == ("executed", [remedy["amount"]["minor"]])
    assert (await withdrawal(desk, remedy))["found"] == "payout_requested"


@pytest.mark.parametrize(("action", "who"), [("accept", "buyer"), ("payout", "sun")])
async def test_of_many_at_once_each_case_ends_in_one_of_two_ways(desk: Desk, action: str, who: str) -> None:
    """Ten cases, on each the step and the action at the same time: withdrawn and unpaid, or paid and told."""
    cases = [await desk.a_case() for _ in range(10)]
    make = offered if action == "accept" else _payable
    remedies = [await make(desk, case_id) for case_id in cases]

    answers = await asyncio.gather(
        *(desk.act(who, remedy, action) for remedy in remedies),
        *(correct_weight(desk, case_id) for case_id in cases),
    )
    while await desk.pay():
        pass

    for remedy, answer in zip(remedies, answers, strict=False):
        assert answer is not None
        done = (await withdrawal(desk, remedy))["done"]
        if answer.is_success:
            assert (await desk.state(remedy), done) == (
                ("withdrawn", True) if action == "accept" else ("executed", False)
            )
        else:
            assert (answer.json()["code"], await desk.state(remedy), done) == ("remedy_withdrawn", "withdrawn", True)
    executed = [each for each in remedies if await desk.state(each) == "executed"]
    assert len(desk.paid()) == len(executed)


async def _payable(desk: Desk, case_id: str) -> dict[str, Any]:
    return await desk.payable(case_id=case_id)
