"""Money from quote to ledger over HTTP, PostgreSQL and the ERP simulator."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from services.settlement.ledger.store import ENTRY, POSTING
from services.settlement.payouts.rules.answers import Refused
from services.settlement.payouts.store import payouts
from services.settlement.payouts.store.payouts import PAYOUT
from services.settlement.payouts.use_cases.record_answer import RecordAnswer, record_answer
from shared.contracts.erp import PaymentRequest
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import PRICES, Desk
from tests.support.old_ids import old_id


async def _settle(desk: Desk) -> None:
    while await desk.pay():
        pass


async def test_a_price_difference_from_quote_to_ledger(desk: Desk) -> None:
    remedy = await desk.payable()
    assert remedy["amount"] == {"minor": 2_100_000, "currency": "CNY", "text": "21,000.00"}
    assert remedy["cite"] == "LG-41 Art.41"
    answer = await desk.act("sun", remedy, "payout")
    assert (answer.status_code, answer.json()["state"]) == (202, "payout_requested")
    assert desk.paid() == []
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    ledger = await desk.get(f"/v1/cases/{remedy['case_id']}/ledger")
    assert {line["account"]: line["amount"]["minor"] for line in ledger["items"]} == {
        "sales_returns": 2_100_000,
        "accounts_receivable": -2_100_000,
    }
    assert ledger["sum_minor"] == 0
    assert await desk.events() == [
        "remedy.quoted.v1",
        "remedy.offered.v1",
        "remedy.accepted.v1",
        "remedy.approved.v1",
        "remedy.payout_requested.v1",
        "remedy.executed.v1",
    ]


async def test_compensation_needs_the_certificate_and_splits_the_tax(desk: Desk) -> None:
    remedy = await desk.payable("money_compensation", agreed_amount="36000.00")
    refused = await desk.act("sun", remedy, "payout")
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate_required")
    assert refused.json()["cite"] == "LG-39a Art.39"
    wrong = await desk.act("sun", remedy, "certificate", certificate="other_paper", reference="税 1")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "certificate_wrong")
    over = {
        "certificate": "tax_return_allowance_certificate",
        "reference": "税 1",
        "amount": {"minor": 1, "currency": "CNY"},
    }
    assert (await desk.act("sun", remedy, "certificate", **over)).json()["code"] == "certificate_wrong"
    paper = {"certificate": "tax_return_allowance_certificate", "reference": "税 2026-0311"}
    assert (await desk.act("sun", remedy, "certificate", **paper)).status_code == 200
    assert (await desk.act("sun", remedy, "payout")).status_code == 202
    await _settle(desk)
    explained = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert {step["id"]: step["value"] for step in explained["steps"]} == {
        "gross": "36000.00",
        "net": "31858.41",
        "tax": "4141.59",
    }
    invoice = explained["remedy"]["invoice"]
    assert (invoice["net"]["minor"], invoice["tax"]["minor"], invoice["gross"]["minor"]) == (
        -3185841,
        -414159,
        -3600000,
    )
    ledger = await desk.get(f"/v1/cases/{remedy['case_id']}/ledger")
    assert {line["account"]: line["amount"]["text"] for line in ledger["items"]} == {
        "sales_returns": "31,858.41",
        "output_vat": "4,141.59",
        "accounts_receivable": "-36,000.00",
    }
    sent = desk.booked().request
    assert (sent.method, sent.amount_minor) == ("negative_invoice", 3_600_000)
    assert {leg.part: leg.amount_minor for leg in sent.legs} == {"net": 3_185_841, "tax": 414_159}


async def test_the_notice_is_law(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id)
    early = await desk.act("sun", remedy, "payout")
    assert (early.json()["code"], early.json()["cite"]) == ("result_notice_required", "LG-38 Art.38")
    await desk.issue_notice(case_id, 2_100_000)
    other = await desk.act("sun", remedy, "payout", amount={"minor": 2_150_000, "currency": "CNY"})
    assert other.status_code == 409
    assert other.json()["code"] == "amount_differs_from_notice"
    assert other.json()["fields"]["amount_minor"] == 2_150_000
    assert other.json()["fields"]["notice_minor"] == 2_100_000
    unapproved = await desk.act("sun", remedy, "payout")
    assert (unapproved.status_code, unapproved.json()["code"]) == (409, "approval_missing")
    assert unapproved.json()["fields"] == {"roles": ["centre_leader"]}
    assert await desk.rows(PAYOUT) == []


@pytest.mark.parametrize("minor", [0, -1, 2**63, 10**15 + 1, 2100000.5, "2100000", True, None])
async def test_impossible_amounts_are_422_and_move_nothing(desk: Desk, minor: Any) -> None:
    remedy = await desk.payable()
    answer = await desk.act("sun", remedy, "payout", amount={"minor": minor, "currency": "CNY"})
    assert answer.status_code in {400, 422}
    assert await desk.rows(PAYOUT) == []


async def test_an_erp_that_charges_and_stays_silent_is_asked_not_paid_again(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("timeout")
    await desk.act("sun", remedy, "payout")
    assert await desk.pay() == 1
    assert await desk.state(remedy) == "in_doubt"
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    assert len(await desk.rows(ENTRY)) == 1
    assert (await desk.events())[-2:] == ["remedy.payout_in_doubt.v1", "remedy.executed.v1"]


async def test_an_erp_that_fails_before_charging_is_asked_and_then_paid_under_the_same_key(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("error")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    (payout,) = await desk.rows(PAYOUT)
    assert desk.booked().request.payment_key == payout.payout_id


async def test_an_erp_that_keeps_failing_is_left_alone_longer_and_longer(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("error", 100)
    await desk.act("sun", remedy, "payout")
    for _ in range(8):
        await _settle(desk)
        await desk.pass_time(timedelta(hours=2))
    assert await desk.state(remedy) == "in_doubt"
    await _settle(desk)
    rest = await desk.get("/v1/quiescence")
    assert rest["work"]["payouts"] == 0
    assert datetime.fromisoformat(rest["next_due_at"]) > desk.now
    await desk.pass_time(timedelta(hours=2))
    desk.fault("error", 0)
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]


async def test_a_refusal_fails_the_remedy_and_books_nothing(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("refuse")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    assert await desk.state(remedy) == "failed"
    assert (desk.paid(), await desk.rows(POSTING)) == ([], [])
    assert (await desk.events())[-1] == "remedy.payout_failed.v1"
    again = await desk.act("sun", remedy, "payout")
    assert (again.status_code, again.json()["code"]) == (409, "remedy_out_of_order")


async def test_a_worker_that_died_while_sending_is_followed_by_a_question(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    (payout,) = await desk.rows(PAYOUT)
    desk.books.pay(PaymentRequest.model_validate_json(orjson.dumps(payout.request)))
    async with transaction(desk.db) as tx:
        long_ago = payout.requested_at - timedelta(days=1)
        await tx.execute(update(PAYOUT).values(leased_until=long_ago, attempt=1, sent_to=desk.erp_url))
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]


async def test_a_wrong_amount_is_quarantined_and_never_sent_again(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    (payout,) = await desk.rows(PAYOUT)
    asked = PaymentRequest.model_validate_json(orjson.dumps(payout.request))
    booked = desk.books.pay(asked)
    booked.payment = booked.payment.model_copy(update={"amount_minor": 2_150_000})
    assert await desk.pay() == 1
    assert await desk.state(remedy) == "in_doubt"
    assert await desk.rows(POSTING) == []
    await desk.pass_time(timedelta(hours=1))
    assert await desk.pay() == 1
    sheet = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert (sheet["payout"]["state"], sheet["payout"]["reason"]) == (
        "quarantined",
        "paid 2150000 CNY instead of 2100000 CNY",
    )
    booked.payment = booked.payment.model_copy(update={"amount_minor": 2_100_000})
    await desk.pass_time(timedelta(hours=1))
    assert await desk.pay() == 1
    assert await desk.state(remedy) == "executed"
    assert len(desk.books.of(desk.org)) == 1


async def test_a_worker_that_comes_back_late_changes_nothing(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    async with transaction(desk.db) as tx:
        (late,) = await payouts.lease(tx, limit=1, seconds=-1)
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    async with transaction(desk.db) as tx:
        cmd = RecordAnswer(org=late.org, payout=late.payout, answer=Refused(code=None, text="refused"))
        assert await record_answer(tx, cmd, now=desk.now) is False
    assert await desk.state(remedy) == "executed"


async def test_twenty_payouts_at_once_are_one(desk: Desk) -> None:
    remedy = await desk.payable()
    answers = await asyncio.gather(*(desk.act("sun", remedy, "payout") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 19}
    await asyncio.gather(*(desk.pay() for _ in range(5)))
    await _settle(desk)
    assert desk.paid() == [2_100_000]
    assert len(await desk.rows(PAYOUT)) == len(await desk.rows(ENTRY)) == 1


async def test_the_same_key_twenty_times_is_one_answer(desk: Desk) -> None:
    remedy = await desk.payable()
    body = {"amount": {"minor": 2_100_000, "currency": "CNY"}}
    path = f"/v1/remedies/{remedy['remedy_id']}/payout"
    answers = await asyncio.gather(*(desk.post("sun", path, body, key="one") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    await _settle(desk)
    assert desk.paid() == [2_100_000]


async def test_one_notice_pays_one_remedy(desk: Desk) -> None:
    first = await desk.payable()
    await desk.act("sun", first, "payout")
    second = await desk.quote(first["case_id"])
    refused = await desk.act("wang", second, "offer")
    assert (refused.status_code, refused.json()["code"]) == (409, "another_remedy_open")
    await _settle(desk)
    assert (await desk.act("wang", second, "offer")).json()["code"] == "another_remedy_open"


async def test_the_ledger_takes_no_entry_that_does_not_balance_and_forgets_none(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with transaction(desk.db) as tx:
            await tx.execute(update(POSTING).values(amount_minor=1))
    entry = (await desk.rows(ENTRY))[0]
    with pytest.raises(DBAPIError, match="does not balance"):
        async with transaction(desk.db) as tx:
            await tx.execute(
                POSTING.insert().values(
                    org_id=entry.org_id,
                    entry_id=entry.entry_id,
                    line=9,
                    account="x",
                    amount_minor=1,
                    currency="CNY",
                    cite="X-1 a",
                )
            )
    assert sum(row.amount_minor for row in await desk.rows(POSTING)) == 0


async def test_prices_given_as_hostile_numbers_are_refused(desk: Desk) -> None:
    case_id = await desk.a_case()
    for hostile in ["NaN", "1e999", "-1", "1.005", "0x1", "９", True, 1.5, [1], {"a": 1}]:
        body = {"remedy": "price_difference", "inputs": {**PRICES, "contract_price": hostile}}
        answer = await desk.post("wang", f"/v1/cases/{case_id}/remedies", body)
        assert answer.status_code == 422, (hostile, answer.text)
    unknown = await desk.post("wang", f"/v1/cases/{old_id()}/remedies", {"remedy": "price_difference", "inputs": {}})
    assert unknown.status_code == 404
