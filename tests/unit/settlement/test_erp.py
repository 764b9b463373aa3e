"""The ERP's answer is believed only when it says everything plainly; all else is no answer."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from services.settlement.payouts.client import Erp
from services.settlement.payouts.rules.payout import Answer, NoAnswer, NotThere, Paid, Refused
from shared.kernel.money import Money

GOOD = {"payment_id": "pay_1", "amount_minor": 2_100_000, "currency": "CNY", "status": "paid"}
Respond = Callable[[httpx2.Request], httpx2.Response]


async def _erp(respond: Respond, *, method: str = "POST") -> Answer:
    erp = Erp("http://erp.example/", timeout_seconds=0.2, transport=httpx2.MockTransport(respond))
    try:
        if method == "POST":
            return await erp.send("key-1", {"organisation": "o", "amount_minor": 2_100_000})
        return await erp.ask("key-1", organisation="o")
    finally:
        await erp.close()


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_a_plain_answer_is_a_payment(status: int) -> None:
    answer = await _erp(lambda _: httpx2.Response(status, json=GOOD))
    assert answer == Paid(reference="pay_1", amount=Money(minor=2_100_000))


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "amount_minor": "2100000"},
        {**GOOD, "amount_minor": 2100000.0},
        {**GOOD, "amount_minor": True},
        {**GOOD, "amount_minor": 2**63},
        {**GOOD, "currency": "cny"},
        {**GOOD, "payment_id": ""},
        {"payment_id": "pay_1"},
        [],
        None,
    ],
)
async def test_an_answer_that_leaves_doubt_is_none(body: object) -> None:
    assert isinstance(await _erp(lambda _: httpx2.Response(200, json=body)), NoAnswer)


@pytest.mark.parametrize("content", [b"", b"not json", b"{" * 100, b'{"payment_id": "x"' + b" " * 70_000 + b"}"])
async def test_rubbish_and_too_much_are_no_answer(content: bytes) -> None:
    assert isinstance(await _erp(lambda _: httpx2.Response(200, content=content)), NoAnswer)


@pytest.mark.parametrize("status", [400, 402, 403, 410, 412, 422])
async def test_a_refusal_of_the_sending_is_one(status: int) -> None:
    assert await _erp(lambda _: httpx2.Response(status)) == Refused(reason=f"refused with {status}")


@pytest.mark.parametrize("status", [301, 302, 401, 404, 408, 409, 425, 429, 500, 502, 503, 504])
async def test_everything_else_says_nothing_about_money(status: int) -> None:
    answer = await _erp(lambda _: httpx2.Response(status, headers={"Location": "http://elsewhere.example"}))
    assert answer == NoAnswer(reason=f"answered {status}")


async def test_asked_it_may_say_that_there_is_nothing() -> None:
    assert await _erp(lambda _: httpx2.Response(404), method="GET") == NotThere()
    assert isinstance(await _erp(lambda _: httpx2.Response(402), method="GET"), NoAnswer)


async def test_the_key_goes_out_as_it_is() -> None:
    seen: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(201, json=GOOD)

    await _erp(respond)
    await _erp(respond, method="GET")
    assert seen[0].headers["Idempotency-Key"] == "key-1"
    assert str(seen[0].url) == "http://erp.example/v1/payments"
    assert str(seen[1].url) == "http://erp.example/v1/payments/key-1?organisation=o"


async def test_a_silent_erp_is_given_up_on() -> None:
    async def silent(_: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(10)
        return httpx2.Response(200, json=GOOD)

    erp = Erp("http://erp.example", timeout_seconds=0.05, transport=httpx2.MockTransport(silent))
    assert await erp.send("k", {}) == NoAnswer(reason="no answer in time")
    await erp.close()


async def test_a_connection_that_fails_is_no_answer() -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    assert await _erp(broken) == NoAnswer(reason="ConnectError")
