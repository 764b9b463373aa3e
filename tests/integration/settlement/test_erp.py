"""The ERP's side of payments over real HTTP: pending, callbacks, reversals, quarantine, and who sets the address."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import select

from operate.sinks.ledger import Credentials
from services.settlement.erp.store import ERP
from services.settlement.ledger.store import ENTRY, POSTING
from services.settlement.migrations.schema import KERNEL
from services.settlement.payouts import metrics
from services.settlement.payouts.jobs import SAMPLES
from services.settlement.payouts.store import payouts
from services.settlement.payouts.store.payouts import PAYOUT
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.platform.db.transaction import reading, transaction
from shared.platform.outbound.signature import parse_secret, signed_headers
from tests.integration.settlement.conftest import Desk
from tests.support.erp import CALLBACK_SECRET, CALLBACK_TOKEN, SECRET, TOKEN
from tests.support.samples import take, values

HOUR = timedelta(hours=1)


async def _settle(desk: Desk) -> None:
    while await desk.pay():
        pass


async def _explained(desk: Desk, remedy: dict[str, Any]) -> dict[str, Any]:
    sheet: dict[str, Any] = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    return sheet


async def _told(desk: Desk, event: str) -> dict[str, Any]:
    """The newest event of that type in the outbox."""
    query = select(KERNEL.outbox.c.payload).where(KERNEL.outbox.c.type == event).order_by(KERNEL.outbox.c.seq.desc())
    async with reading(desk.db) as tx:
        payload: dict[str, Any] = orjson.loads((await tx.execute(query.limit(1))).scalar_one())
    return payload


async def _call_back(desk: Desk, status: str, *, secret: str = CALLBACK_SECRET, **changes: Any) -> httpx2.Response:
    """The ERP reports that its newest payment has changed."""
    body = orjson.dumps({"payment_key": desk.booked().payment.payment_key, "status": status, **changes})
    key = parse_secret(secret)
    assert key is not None
    headers = signed_headers(body, webhook_id=new_id(), at=SystemClock().now(), secrets=[key])
    return await desk.client.post(
        f"/v1/erp/callbacks/{desk.org}", content=body, headers={**headers, "content-type": "application/json"}
    )


async def test_what_the_erp_takes_for_later_is_asked_for_until_it_is_paid(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    assert await desk.state(remedy) == "payout_requested"
    assert (await _explained(desk, remedy))["payout"]["state"] == "pending"
    for _ in range(14):
        await desk.pass_time(timedelta(days=1))
        await _settle(desk)
    assert (await _explained(desk, remedy))["payout"]["state"] == "pending"
    desk.books.change(desk.booked(), status="paid")
    await desk.pass_time(HOUR)
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    assert (await desk.events())[-3:] == [
        "remedy.payout_requested.v1",
        "remedy.payout_pending.v1",
        "remedy.executed.v1",
    ]


async def test_a_callback_has_the_erp_asked_at_once(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    desk.books.change(desk.booked(), status="paid")
    assert await desk.pay() == 0
    answer = await _call_back(desk, "paid")
    assert (answer.status_code, answer.json()) == (202, {"payment_key": desk.booked().payment.payment_key})
    await _settle(desk)
    assert await desk.state(remedy) == "executed"


async def test_what_a_callback_says_is_not_believed_but_asked(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    for status in ("paid", "failed", "reversed"):
        assert (await _call_back(desk, status)).status_code == 202
        await _settle(desk)
        assert (await _explained(desk, remedy))["payout"]["state"] == "pending"
    assert await desk.rows(POSTING) == []


@pytest.mark.parametrize("status", ["reversed", "failed"])
async def test_a_payment_that_comes_back_reverses_its_entry_and_can_be_paid_again(desk: Desk, status: Any) -> None:
    """36,000.00: net 31,858.41 and tax 4,141.59 are booked, taken back, and booked again."""
    remedy = await desk.payable("money_compensation", agreed_amount="36000.00")
    paper = {"certificate": "tax_return_allowance_certificate", "reference": "税 2026-0311"}
    await desk.act("sun", remedy, "certificate", **paper)
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    first = desk.booked()
    desk.books.change(first, status=status, code="account_closed", text="银行退票\x00：账户已销户")
    await _call_back(desk, status)
    await _settle(desk)
    assert await desk.state(remedy) == "approved"
    told = await _told(desk, "remedy.payout_reversed.v1")
    assert (told["provider_reference"], told["code"]) == (first.payment.reference, "account_closed")
    assert told["reason"] == "银行退票 ：账户已销户"
    ledger = await desk.get(f"/v1/cases/{remedy['case_id']}/ledger")
    lines = [(line["account"], line["amount"]["minor"]) for line in ledger["items"]]
    booked = [("sales_returns", 3_185_841), ("accounts_receivable", -3_600_000), ("output_vat", 414_159)]
    taken_back = [("sales_returns", -3_185_841), ("accounts_receivable", 3_600_000), ("output_vat", -414_159)]
    assert sorted(lines) == sorted(booked + taken_back)
    assert ledger["sum_minor"] == 0
    again = await desk.act("sun", remedy, "payout")
    assert (again.status_code, again.json()["state"]) == (202, "payout_requested")
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.booked().payment.payment_key != first.payment.payment_key
    assert desk.paid() == [3_600_000]
    assert len(await desk.rows(ENTRY)) == 3
    sheet = await _explained(desk, remedy)
    assert sheet["payout"]["state"] == "executed"
    assert [(each["state"], each["reason"]) for each in sheet["earlier_payouts"]] == [
        ("reversed", "银行退票 ：账户已销户")
    ]


async def test_a_payment_that_comes_back_without_a_callback_is_found_by_asking(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    desk.books.change(desk.booked(), status="reversed", code="returned", text="returned by the bank")
    await desk.pass_time(timedelta(hours=23))
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    await desk.pass_time(HOUR)
    await _settle(desk)
    assert await desk.state(remedy) == "approved"


async def test_a_refusal_keeps_its_code_and_text(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("refuse")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    words = "The payee is not in the vendor master / 供应商主数据中没有该收款人"
    told = await _told(desk, "remedy.payout_failed.v1")
    assert (told["code"], told["reason"]) == ("payee_unknown", words)
    payout = (await _explained(desk, remedy))["payout"]
    assert (payout["state"], payout["code"], payout["reason"]) == ("failed", "payee_unknown", words)
    assert (await desk.get(f"/v1/remedies/{remedy['remedy_id']}"))["reason"] == words


async def test_a_nul_in_the_reference_is_quarantined_and_a_person_goes_on(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("nul")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    assert await desk.state(remedy) == "in_doubt"
    told = await _told(desk, "remedy.payout_in_doubt.v1")
    assert (told["quarantined"], told["reason"]) == (True, "paid under a number that cannot be kept: `pay 1`")
    payout = (await _explained(desk, remedy))["payout"]
    assert (payout["state"], payout["reason"]) == ("quarantined", told["reason"])
    unnamed = await desk.resolve(remedy, "paid")
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "input_invalid")
    spoilt = await desk.resolve(remedy, "paid", reference="pay\u202e1")
    assert spoilt.status_code == 422
    resolved = await desk.resolve(remedy, "paid", reference="pay-1")
    assert (resolved.status_code, resolved.json()["state"]) == (200, "executed")
    assert await desk.state(remedy) == "executed"
    assert (await desk.get(f"/v1/remedies/{remedy['remedy_id']}"))["reference"] == "pay-1"
    assert sum(row.amount_minor for row in await desk.rows(POSTING)) == 0
    assert len(await desk.rows(ENTRY)) == 1
    audit = (await desk.rows(KERNEL.operator_audit))[-1]
    assert (audit.operator, audit.action) == ("sun", "payout.resolve")
    assert audit.details["decision"] == "paid"
    twice = await desk.resolve(remedy, "paid", reference="pay-1")
    assert (twice.status_code, twice.json()["code"]) == (409, "payout_not_open")


async def test_a_person_finds_that_nothing_was_paid(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("nul")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    assert (await desk.resolve(remedy, "not_paid")).json()["state"] == "failed"
    assert await desk.state(remedy) == "failed"
    assert await desk.rows(POSTING) == []


async def test_a_person_has_it_sent_again_under_the_same_key(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("nul")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    booked = desk.booked()
    booked.payment = booked.payment.model_copy(update={"reference": "pay-1"})
    assert (await desk.resolve(remedy, "send_again")).json()["state"] == "to_send"
    await _settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    assert len(desk.books.of(desk.org)) == 1


async def test_an_answer_on_its_way_does_not_undo_what_a_person_decided(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("nul")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    await desk.pass_time(HOUR)
    assert (await desk.resolve(remedy, "not_paid")).status_code == 200
    await _settle(desk)
    assert await desk.state(remedy) == "failed"


async def test_another_address_is_never_sent_what_the_first_may_have_paid(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("timeout")
    await desk.act("sun", remedy, "payout")
    assert await desk.pay() == 1
    desk.books.credentials.clear()
    moved = desk.erp_url.replace("127.0.0.1", "localhost")
    assert (await desk.set_erp(moved)).status_code == 200
    desk.books.admit(desk.org, Credentials(scheme="signature", secret=SECRET, callback_secret=CALLBACK_SECRET))
    booked = desk.booked()
    desk.books.forget(desk.org, booked.payment.payment_key)
    await _settle(desk)
    payout = (await _explained(desk, remedy))["payout"]
    assert payout["state"] == "quarantined"
    assert payout["reason"] == "the ERP's address was changed and the new one does not know the payment"
    assert desk.books.of(desk.org) == []


async def test_without_an_address_nothing_is_asked_for_and_nothing_is_in_doubt(desk: Desk) -> None:
    remedy = await desk.payable()
    async with desk.db.engine.connect() as connection:
        await connection.execute(ERP.delete())
    refused = await desk.act("sun", remedy, "payout")
    assert (refused.status_code, refused.json()["code"]) == (409, "erp_not_set")
    assert (await desk.set_erp(desk.erp_url)).status_code == 200
    await desk.act("sun", remedy, "payout")
    async with desk.db.engine.connect() as connection:
        await connection.execute(ERP.delete())
    await _settle(desk)
    assert await desk.state(remedy) == "payout_requested"
    payout = (await _explained(desk, remedy))["payout"]
    assert (payout["state"], payout["reason"]) == ("to_send", "no ERP address is set")
    assert (await desk.set_erp(desk.erp_url)).status_code == 200
    await desk.pass_time(HOUR)
    await _settle(desk)
    assert await desk.state(remedy) == "executed"


async def test_a_bearer_token_proves_both_sides(desk: Desk) -> None:
    desk.books.admit(desk.org, Credentials(scheme="bearer", secret=TOKEN, callback_secret=CALLBACK_TOKEN))
    await desk.set_erp(desk.erp_url, scheme="bearer", secret=TOKEN, callback_secret=CALLBACK_TOKEN)
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    desk.books.change(desk.booked(), status="paid")
    body = {"payment_key": desk.booked().payment.payment_key, "status": "paid"}
    path = f"/v1/erp/callbacks/{desk.org}"
    for wrong in (f"Bearer {TOKEN}", f"Basic {CALLBACK_TOKEN}", "Bearer ", f"Bearer {desk.token('sun')}"):
        assert (await desk.client.post(path, json=body, headers={"Authorization": wrong})).status_code == 401
    assert (await desk.client.post(path, json=body)).status_code == 401
    taken = await desk.client.post(path, json=body, headers={"Authorization": f"Bearer {CALLBACK_TOKEN}"})
    assert taken.status_code == 202
    await _settle(desk)
    assert await desk.state(remedy) == "executed"


async def test_credentials_that_the_erp_does_not_accept_are_said(desk: Desk) -> None:
    desk.books.credentials.clear()
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    payout = (await _explained(desk, remedy))["payout"]
    assert (payout["state"], payout["reason"]) == ("unknown", "answered 401: it does not accept our credentials")


async def test_callbacks_that_are_not_proven_or_not_understood_change_nothing(desk: Desk) -> None:
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    path = f"/v1/erp/callbacks/{desk.org}"
    body = orjson.dumps({"payment_key": desk.booked().payment.payment_key, "status": "paid"})
    key = parse_secret(CALLBACK_SECRET)
    assert key is not None

    def signed(content: bytes, **changes: Any) -> dict[str, str]:
        return signed_headers(content, **{"webhook_id": "m1", "at": SystemClock().now(), "secrets": [key], **changes})

    ours = parse_secret(SECRET)
    old = datetime(2026, 1, 1, tzinfo=UTC)
    for headers in ({}, signed(b"other"), signed(body, secrets=[ours]), signed(body, at=old), signed(body, secrets=[])):
        refused = await desk.client.post(path, content=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "callback_not_proven"), headers
        assert refused.headers["www-authenticate"].startswith("Bearer")
    for elsewhere in (new_id(), "not-an-id"):
        answer = await desk.client.post(f"/v1/erp/callbacks/{elsewhere}", content=body, headers=signed(body))
        assert answer.status_code in {401, 404}
    for content, status in (
        (b"{", 400),
        (b'{"payment_key": "\\u0000", "status": "paid"}', 400),
        (b'{"status": "paid"}', 422),
        (orjson.dumps({"payment_key": new_id(), "status": "paid"}), 404),
        (orjson.dumps({"payment_key": desk.booked().payment.payment_key, "status": "sent"}), 422),
        (b" " * 17_000, 413),
    ):
        answer = await desk.client.post(path, content=content, headers=signed(content))
        assert answer.status_code == status, (content[:80], answer.text)
    assert await desk.pay() == 0


async def test_who_sets_the_address_and_who_reads_it(desk: Desk) -> None:
    refused = await desk.client.put(
        "/v1/erp",
        json={"url": desk.erp_url, "scheme": "bearer", "secret": TOKEN},
        headers={"Authorization": f"Bearer {desk.token('sun')}"},
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    answer = await desk.set_erp(f"{desk.erp_url}/", callback_secret=None)
    assert answer.json()["url"] == desk.erp_url
    assert answer.json()["callbacks"] is False
    shown = await desk.get("/v1/erp", who="root", scopes="admin")
    assert shown == answer.json()
    assert shown["callback_path"] == f"/v1/erp/callbacks/{desk.org}"
    assert SECRET not in str(shown)
    other = await desk.another_organisation()
    foreign = await desk.get("/v1/erp", who="root", org=other, scopes="admin")
    assert (foreign["status"], foreign["code"]) == (404, "erp_not_found")
    (row,) = await desk.rows(ERP)
    assert SECRET.encode() not in row.secret
    audits = [row for row in await desk.rows(KERNEL.operator_audit) if row.action == "erp.set"]
    assert [row.details["url"] for row in audits] == [desk.erp_url, desk.erp_url]
    assert "whsec" not in str([row.details for row in audits])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "http://erp.example/"}, "erp_url_refused"),
        ({"url": "https://10.0.0.1/"}, "erp_url_refused"),
        ({"url": "https://169.254.169.254/latest"}, "erp_url_refused"),
        ({"url": "https://2130706433/"}, "erp_url_refused"),
        ({"url": "https://user:pass@erp.example/"}, "erp_url_refused"),
        ({"url": "https://erp.example/?a=b"}, "erp_url_refused"),
        ({"secret": "whsec_short"}, "erp_secret_invalid"),
        ({"secret": TOKEN}, "erp_secret_invalid"),
        ({"callback_secret": SECRET}, "erp_secret_invalid"),
        ({"scheme": "bearer", "secret": "too short"}, "erp_secret_invalid"),
        ({"scheme": "bearer", "secret": "sixteen characters"}, "erp_secret_invalid"),
        ({"scheme": "basic"}, "input_invalid"),
        ({"url": ""}, "input_invalid"),
        ({"more": 1}, "input_invalid"),
    ],
)
async def test_an_address_or_secret_that_is_refused(desk: Desk, changes: dict[str, Any], code: str) -> None:
    answer = await desk.set_erp(**{"url": desk.erp_url, **changes})
    assert answer.json()["code"] == code
    assert answer.status_code in {400, 422}
    assert str(changes.get("secret", SECRET)) not in answer.text


async def test_the_metrics_say_what_waits_and_what_was_answered(desk: Desk) -> None:
    def answered(outcome: str) -> float:
        return values(metrics.PAYOUT_ANSWERS)[outcome,]

    before = answered("pending")
    remedy = await desk.payable()
    desk.fault("pending")
    await desk.act("sun", remedy, "payout")
    await _settle(desk)
    await take(desk.db, SAMPLES)
    assert answered("pending") == before + 1
    assert values(metrics.PAYOUTS)["pending",] == 1
    (payout,) = await desk.rows(PAYOUT)
    age = (SystemClock().now() - payout.requested_at).total_seconds()
    assert abs(values(metrics.PAYOUT_PENDING_AGE)[()] - max(0.0, age)) < 600
    desk.books.change(desk.booked(), status="paid")
    await _call_back(desk, "paid")
    await _settle(desk)
    await take(desk.db, SAMPLES)
    assert values(metrics.PAYOUT_PENDING_AGE)[()] == 0


async def test_a_round_takes_four_payouts_of_one_organisation_at_most(desk: Desk) -> None:
    for _ in range(6):
        await desk.act("sun", await desk.payable(), "payout")
    async with transaction(desk.db) as tx:
        leased = [len(await payouts.lease(tx, limit=16, seconds=60)) for _ in range(3)]
    assert leased == [4, 2, 0]
