"""The ERP's answer is believed only when it says everything plainly, and nothing it writes is stored as it came.

Over real sockets: a server of the test answers with bytes of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from services.settlement.erp.rules import ErpAddress, Scheme
from services.settlement.payouts.client import Erp
from services.settlement.payouts.rules.answers import (
    Answer,
    Ended,
    NoAnswer,
    NotSent,
    NotThere,
    Paid,
    Pending,
    Refused,
    Unreadable,
    Unusable,
)
from shared.kernel.clock import SystemClock
from shared.kernel.money import Money
from shared.platform.outbound.signature import parse_secret, signature_fault
from tests.support.erp import SECRET, TOKEN
from tests.support.settlement import NOON, ORG

KEY = "01890a5d-ac96-774b-bcce-b302099a8099"
AMOUNT = Money(minor=2_100_000)
GOOD = {
    "payment_key": KEY,
    "status": "paid",
    "amount_minor": 2_100_000,
    "currency": "CNY",
    "reference": "pay_1",
    "paid_at": "2026-03-06T12:00:00+08:00",
}
ADDRESS = ErpAddress(
    org=ORG, url="", scheme=Scheme.BEARER, secret=TOKEN, callback_secret=None, set_by="root", set_at=NOON
)


@dataclass
class Server:
    """Answers each request with the same bytes and remembers the heads and bodies."""

    url: str = ""
    seen: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def answering(raw: bytes, *, hold: bool = False) -> AsyncIterator[Server]:
    server = Server()
    released = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        server.seen.append(head + await reader.readexactly(int(length.partition(b":")[2])))
        if hold:
            await released.wait()
        writer.write(raw)
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        released.set()
        listener.close()


def response(status: int, body: object = None, *, content: bytes | None = None, head: str = "") -> bytes:
    sent = orjson.dumps(body) if content is None else content
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(sent)}\r\n{head}\r\n".encode() + sent


@asynccontextmanager
async def client(*, seconds: float = 5.0, loopback: bool = True) -> AsyncIterator[Erp]:
    erp = Erp(timeout_seconds=seconds, allow_loopback=loopback)
    try:
        yield erp
    finally:
        await erp.close()


async def _said(raw: bytes, *, method: str = "POST") -> Answer:
    async with answering(raw) as server, client() as erp:
        address = replace(ADDRESS, url=server.url)
        if method == "POST":
            return await erp.send(address, key=KEY, request={"payment_key": KEY})
        return await erp.ask(address, key=KEY)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_plain_answer_is_a_payment(method: str) -> None:
    assert await _said(response(200, GOOD), method=method) == Paid(reference="pay_1", amount=AMOUNT)


async def test_members_that_are_not_known_are_ignored_and_a_null_time_is_none() -> None:
    assert isinstance(await _said(response(200, {**GOOD, "new": [1], "paid_at": None})), Paid)


async def test_the_body_says_whether_it_is_paid_or_pending() -> None:
    assert await _said(response(202, {**GOOD, "status": "pending", "reference": None})) == Pending(amount=AMOUNT)
    assert await _said(response(202, GOOD)) == Paid(reference="pay_1", amount=AMOUNT)


@pytest.mark.parametrize("status", ["failed", "reversed"])
async def test_what_failed_or_came_back_says_why_in_cleaned_words(status: str) -> None:
    words = {"status": status, "code": "account\u202eclosed", "text": "退回\x00 <b>\n" + "x" * 2000}
    answer = await _said(response(200, {**GOOD, **words}), method="GET")
    assert isinstance(answer, Ended)
    assert answer.code == "account closed"
    assert answer.text == "退回 <b> " + "x" * 992 + "…"


@pytest.mark.parametrize(
    "reference", ["", "pay\x001", "pay\n1", "pay\u202e1", " pay", "pay ", "x" * 201, "pay\u200b1", None]
)
async def test_a_number_that_would_have_to_be_changed_is_not_taken(reference: str | None) -> None:
    answer = await _said(response(200, {**GOOD, "reference": reference}))
    assert isinstance(answer, Unusable)
    assert answer.reason.startswith("paid under a number that cannot be kept: ")
    assert "\x00" not in answer.reason
    assert "\u202e" not in answer.reason


async def test_the_longest_number_and_one_in_chinese_are_kept() -> None:
    for reference in ("x" * 200, "付-2026-0001"):
        assert await _said(response(200, {**GOOD, "reference": reference})) == Paid(reference=reference, amount=AMOUNT)


async def test_an_answer_about_another_payment_is_not_taken() -> None:
    other = "01890a5d-ac96-774b-bcce-b302099a8000"
    answer = await _said(response(200, {**GOOD, "payment_key": other}))
    assert answer == Unusable(reason="the answer is about another payment")


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "amount_minor": "2100000"},
        {**GOOD, "amount_minor": 2100000.5},
        {**GOOD, "amount_minor": True},
        {**GOOD, "amount_minor": 2**63},
        {**GOOD, "amount_minor": 0},
        {**GOOD, "amount_minor": -2_100_000},
        {**GOOD, "currency": "cny"},
        {**GOOD, "status": "PAID"},
        {**GOOD, "status": None},
        {**GOOD, "reference": 4711},
        {"payment_key": KEY},
        [],
        None,
        "paid",
    ],
)
async def test_an_answer_that_leaves_doubt_cannot_be_read(body: object) -> None:
    assert isinstance(await _said(response(200, body)), Unreadable)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Wartung</html>",
        b"{" * 10_000,
        b"[" * 100_000,
        b'\xef\xbb\xbf{"status": "paid"}',
        orjson.dumps(GOOD).decode().encode("utf-16"),
        b'{"reference": "\xb8\xb6\xbf\xee"}',
        b'{"reference": "\\ud800"}',
        b"1" * 60_000,
        orjson.dumps(GOOD) + b" " * 70_000,
    ],
)
async def test_rubbish_other_encodings_and_too_much_cannot_be_read(content: bytes) -> None:
    answer = await _said(response(200, content=content))
    assert isinstance(answer, Unreadable)
    assert len(answer.reason) < 300


async def test_an_endless_answer_is_left_after_64_kib() -> None:
    endless = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    answer = await _said(endless + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 8)
    assert answer == Unreadable(reason="the answer is not what the contract says: longer than 65536 bytes")


async def test_a_refusal_keeps_its_code_and_its_cleaned_text() -> None:
    refusal = {"code": "payee_unknown", "text": "主数据中\x00没有该收款人"}
    assert await _said(response(422, refusal)) == Refused(code="payee_unknown", text="主数据中 没有该收款人")


@pytest.mark.parametrize("body", [None, {"code": 1, "text": "x"}, {"detail": "no"}])
async def test_a_refusal_without_readable_words_is_one_all_the_same(body: object) -> None:
    answer = await _said(response(422, body))
    assert isinstance(answer, Refused)
    assert answer.code is None
    assert answer.text.startswith("refused; the reason is not what the contract says: ")


async def test_the_key_with_another_content_is_for_a_person() -> None:
    assert await _said(response(409, {})) == Unusable(reason="the ERP has this key with another request")


@pytest.mark.parametrize("status", [201, 204, 301, 302, 400, 402, 404, 408, 410, 425, 429, 500, 502, 503, 504])
async def test_everything_else_says_nothing_about_money(status: int) -> None:
    raw = response(status, content=b"", head="Location: http://169.254.169.254/\r\n")
    assert await _said(raw) == NoAnswer(reason=f"answered {status}")


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_say_so(status: int) -> None:
    expected = NoAnswer(reason=f"answered {status}: it does not accept our credentials")
    assert await _said(response(status, {})) == expected


async def test_asked_it_may_say_that_there_is_nothing_and_a_refusal_says_nothing() -> None:
    assert await _said(response(404, {}), method="GET") == NotThere()
    assert await _said(response(422, {"code": "x", "text": "y"}), method="GET") == NoAnswer(reason="answered 422")


async def test_what_goes_out_with_a_bearer_token() -> None:
    async with answering(response(200, GOOD)) as server, client() as erp:
        address = replace(ADDRESS, url=server.url)
        await erp.send(address, key=KEY, request={"payment_key": KEY})
        await erp.ask(address, key=KEY)
    posted, asked = server.seen
    assert posted.startswith(b"POST /v1/payments HTTP/1.1\r\n")
    assert f"idempotency-key: {KEY}".encode() in posted.lower()
    assert f"authorization: bearer {TOKEN}".encode() in posted.lower()
    assert posted.endswith(b'{"payment_key":"' + KEY.encode() + b'"}')
    assert asked.startswith(f"GET /v1/payments/{KEY} HTTP/1.1\r\n".encode())
    assert f"authorization: bearer {TOKEN}".encode() in asked.lower()


async def test_what_goes_out_is_signed_under_the_payment_key() -> None:
    async with answering(response(200, GOOD)) as server, client() as erp:
        address = replace(ADDRESS, url=server.url, scheme=Scheme.SIGNATURE, secret=SECRET)
        await erp.send(address, key=KEY, request={"payment_key": KEY})
        await erp.ask(address, key=KEY)
    secret = parse_secret(SECRET)
    assert secret is not None
    for sent in server.seen:
        head, _, body = sent.partition(b"\r\n\r\n")
        lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
        headers = {name.decode().lower(): value.decode() for name, _, value in lines}
        assert headers["webhook-id"] == KEY
        assert "authorization" not in headers
        assert signature_fault(body, headers, secrets=[secret], now=SystemClock().now()) is None


async def test_a_silent_erp_is_given_up_on() -> None:
    async with answering(b"", hold=True) as server, client(seconds=0.1) as erp:
        address = replace(ADDRESS, url=server.url)
        assert await erp.send(address, key=KEY, request={}) == NoAnswer(reason="no answer in time")


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{}"])
async def test_a_connection_that_breaks_is_no_answer(raw: bytes) -> None:
    assert await _said(raw) == NoAnswer(reason="the connection failed")


async def test_nothing_that_listens_is_no_answer() -> None:
    async with client() as erp:
        address = replace(ADDRESS, url="http://127.0.0.1:1")
        assert await erp.ask(address, key=KEY) == NoAnswer(reason="the connection failed")


Resolve = Callable[[str, int], Awaitable[list[str]]]


def resolving_to(address: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> list[str]:
        return [address]

    return resolve


@pytest.mark.parametrize(
    ("url", "address", "loopback"),
    [
        ("https://erp.example", "169.254.169.254", True),
        ("https://erp.example", "10.0.0.1", True),
        ("https://erp.example", "127.0.0.1", False),
        ("http://127.0.0.1:80", "127.0.0.1", False),
        ("https://2130706433", "127.0.0.1", False),
    ],
)
async def test_an_address_that_may_not_be_called_is_not(url: str, address: str, *, loopback: bool) -> None:
    erp = Erp(timeout_seconds=1, allow_loopback=loopback, resolve=resolving_to(address))
    answer: Any = await erp.send(replace(ADDRESS, url=url), key=KEY, request={})
    await erp.close()
    assert answer == NotSent(reason="the ERP's address may not be called")
