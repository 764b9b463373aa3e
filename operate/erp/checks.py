"""What `redress erp check` tries, one function each: it yields what is wrong, in plain words, and nothing otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from operate.erp.callbacks import Callbacks
from operate.erp.description import CHECK_PAID, CHECK_PENDING, CHECK_REFUSED, CHECK_REVERSED
from operate.erp.target import Answered, Caller
from shared.contracts.erp import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    Leg,
    Payment,
    PaymentCase,
    PaymentCustomer,
    PaymentRemedy,
    PaymentRequest,
    Refusal,
    Status,
)
from shared.kernel.clock import SystemClock
from shared.kernel.foreign_text import is_plain
from shared.kernel.ids import new_id

Faults = AsyncIterator[str]
_TOGETHER: Final = 5
_ASK_EVERY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One run of the checks."""

    caller: Caller
    callbacks: Callbacks
    wait_seconds: float

    def request(self, customer: str) -> dict[str, Any]:
        """A request of its own over 1.13, of which 0.13 is tax."""
        target = self.caller.target
        request = PaymentRequest(
            payment_key=new_id(),
            organisation=target.organisation,
            case=PaymentCase(id=new_id(), number="CHECK-0001"),
            remedy=PaymentRemedy(id=new_id(), kind="check", label_zh="接口检查", label_en="Check", cite="check"),
            customer=PaymentCustomer(ref=customer),
            method="refund",
            amount_minor=113,
            currency="CNY",
            legs=(Leg(part="net", amount_minor=100), Leg(part="tax", amount_minor=13)),
            requested_at=SystemClock().now(),
            callback_url=target.callback_url,
        )
        return request.model_dump(mode="json")


async def unproven(play: Play) -> Faults:
    """Requests without credentials are refused with 401."""
    request = play.request(CHECK_PAID)
    posted = await play.caller.post(request, proven=False)
    asked = await play.caller.get(request["payment_key"], proven=False)
    for name, answered in (("POST", posted), ("GET", asked)):
        for fault in answered.faults:
            yield fault
        if answered.status not in (0, 401):
            yield f"{name} without credentials was answered {answered.status} instead of 401"


async def pays(play: Play) -> Faults:
    """A payment is made, and shown when it is asked for."""
    request = play.request(CHECK_PAID)
    posted = await play.caller.post(request)
    for fault in _wrong_payment(posted, request, status=200, is_now=("paid",)):
        yield fault
    asked = await play.caller.get(request["payment_key"])
    for fault in _wrong_payment(asked, request, status=200, is_now=("paid",)):
        yield f"asked for: {fault}"
    if (before := _reference(posted)) != (after := _reference(asked)) and None not in (before, after):
        yield f"the reference was `{before}` and is `{after}` when it is asked for"


async def repeats(play: Play) -> Faults:
    """The same key and content again, in any spelling and at the same time, is one payment."""
    request = play.request(CHECK_PAID)
    answers = [await play.caller.post(request), await play.caller.post(request)]
    spelled = orjson.dumps(dict(reversed(request.items())), option=orjson.OPT_INDENT_2)
    other_spelling = await play.caller.post(request, text=spelled)
    for answered in answers:
        for fault in _wrong_payment(answered, request, status=200, is_now=("paid",)):
            yield f"repeated: {fault}"
    if other_spelling.status != HTTPStatus.OK:
        yield f"the same content in another order and with spaces was answered {other_spelling.status} instead of 200"
    if len(references := {_reference(each) for each in (*answers, other_spelling)} - {None}) > 1:
        yield f"the same key was paid more than once: {', '.join(sorted(map(str, references)))}"
    crowd = play.request(CHECK_PAID)
    together = await asyncio.gather(*(play.caller.post(crowd) for _ in range(_TOGETHER)))
    if len(references := {_reference(each) for each in together} - {None}) > 1:
        yield f"{_TOGETHER} requests with the same key at the same time were paid {len(references)} times"
    if wrong := sorted({each.status for each in together} - {0, 200}):
        yield f"{_TOGETHER} requests with the same key at the same time were answered {wrong} beside 200"


async def other_content(play: Play) -> Faults:
    """The same key with another content is refused with 409, and the payment stays."""
    request = play.request(CHECK_PAID)
    await play.caller.post(request)
    other = request | {"amount_minor": 114, "legs": [{"part": "gross", "amount_minor": 114}]}
    answered = await play.caller.post(other)
    for fault in answered.faults:
        yield fault
    if answered.status not in (0, 409):
        yield f"the same key with another amount was answered {answered.status} instead of 409"
    for fault in _wrong_payment(await play.caller.get(request["payment_key"]), request, status=200, is_now=("paid",)):
        yield f"afterwards: {fault}"


async def keys(play: Play) -> Faults:
    """A key that was never sent is 404; a request without a key, or with another one in the header, is 400."""
    unknown = await play.caller.get(new_id())
    if unknown.status not in (0, 404):
        yield f"a key that was never sent was answered {unknown.status} instead of 404"
    request = play.request(CHECK_PAID)
    for name, key in (("no Idempotency-Key", ""), ("an Idempotency-Key that is not payment_key", new_id())):
        answered = await play.caller.post(request, key=key)
        if answered.status not in (0, 400):
            yield f"a request with {name} was answered {answered.status} instead of 400"
        for fault in answered.faults:
            yield fault


async def refuses(play: Play) -> Faults:
    """A refusal is 422 with a code and a text, again and again, and nothing is paid."""
    request = play.request(CHECK_REFUSED)
    for answered in (await play.caller.post(request), await play.caller.post(request)):
        for fault in answered.faults:
            yield fault
        if answered.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            yield f"customer {CHECK_REFUSED} was answered {answered.status} instead of 422"
            return
        refusal, wrong = answered.read(Refusal)
        for fault in [wrong] if wrong else _wrong_words(refusal.code, refusal.text):
            yield fault
    asked = await play.caller.get(request["payment_key"])
    if asked.status not in (200, 404):
        yield f"asked for a refused payment, it answered {asked.status} instead of 404, or 200 with `failed`"
    elif asked.status == HTTPStatus.OK:
        for fault in _wrong_payment(asked, request, status=200, is_now=("failed",)):
            yield f"asked for a refused payment: {fault}"


async def pends(play: Play) -> Faults:
    """What is taken for later is 202, shown as pending when asked for, called back, and paid in the end."""
    request = play.request(CHECK_PENDING)
    posted = await play.caller.post(request)
    for fault in _wrong_payment(posted, request, status=202, is_now=("pending",)):
        yield fault
    if posted.status != HTTPStatus.ACCEPTED:
        return
    asked = await play.caller.get(request["payment_key"])
    for fault in _wrong_payment(asked, request, status=200, is_now=("pending", "paid")):
        yield f"asked for: {fault}"
    async for fault in _changes(play, request, to="paid"):
        yield fault


async def comes_back(play: Play) -> Faults:
    """A payment that comes back is reported, shown as reversed, and says why."""
    request = play.request(CHECK_REVERSED)
    posted = await play.caller.post(request)
    for fault in _wrong_payment(posted, request, status=200, is_now=("paid",)):
        yield fault
    if posted.status != HTTPStatus.OK:
        return
    async for fault in _changes(play, request, to="reversed"):
        yield fault


async def _changes(play: Play, request: Mapping[str, Any], *, to: Status) -> Faults:
    """The payment becomes `to` within the time of the check, and a callback says so."""
    key = request["payment_key"]
    if play.caller.target.callback_secret is not None:
        callback = await play.callbacks.about(key, seconds=play.wait_seconds)
        if callback is None:
            yield f"no callback came within {play.wait_seconds:g} s"
        for fault in callback.faults if callback else ():
            yield f"the callback {fault}"
    until = asyncio.get_running_loop().time() + play.wait_seconds
    asked = await play.caller.get(key)
    while _status(asked) not in (to, None) and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(_ASK_EVERY)
        asked = await play.caller.get(key)
    for fault in _wrong_payment(asked, request, status=200, is_now=(to,)):
        yield f"asked for in the end: {fault}"


def _wrong_payment(
    answered: Answered, request: Mapping[str, Any], *, status: int, is_now: tuple[Status, ...]
) -> list[str]:
    """What is wrong with an answer that should be the payment of `request`."""
    faults = list(answered.faults)
    if answered.status == 0:
        return faults
    if answered.status != status:
        return [*faults, f"it was answered {answered.status} instead of {status}"]
    payment, wrong = answered.read(Payment)
    if wrong:
        return [*faults, wrong]
    if payment.payment_key != request["payment_key"]:
        faults.append("`payment_key` is not the key of the request")
    if payment.status not in is_now:
        faults.append(f"`status` is {payment.status} instead of {' or '.join(is_now)}")
    if (payment.amount_minor, payment.currency) != (request["amount_minor"], request["currency"]):
        faults.append(
            f"it says {payment.amount_minor} {payment.currency} where {request['amount_minor']} CNY was asked"
        )
    if payment.status == "paid":
        faults += _wrong_reference(payment)
    if payment.status in ("failed", "reversed"):
        faults += _wrong_words(payment.code, payment.text)
    return faults


def _wrong_reference(payment: Payment) -> list[str]:
    reference = payment.reference or ""
    faults = [] if payment.paid_at is not None else ["`paid_at` is missing"]
    if not reference:
        faults.append("`reference` is missing")
    elif len(reference) > LONGEST_REFERENCE:
        faults.append(f"`reference` has more than {LONGEST_REFERENCE} characters")
    elif not is_plain(reference):
        faults.append("`reference` holds a control character, a mark of direction or an outer space")
    return faults


def _wrong_words(code: str | None, text: str | None) -> list[str]:
    faults = []
    for name, words, longest in (("code", code, LONGEST_CODE), ("text", text, LONGEST_TEXT)):
        if not words:
            faults.append(f"`{name}` is missing")
        elif len(words) > longest:
            faults.append(f"`{name}` has more than {longest} characters")
        elif not is_plain(words):
            faults.append(f"`{name}` holds characters that are left out: controls or marks of direction")
    return faults


def _reference(answered: Answered) -> str | None:
    payment, _ = answered.read(Payment)
    return None if payment is None else payment.reference


def _status(answered: Answered) -> Status | None:
    payment, _ = answered.read(Payment)
    return None if payment is None else payment.status


CHECKS: Final[tuple[Callable[[Play], Faults], ...]] = (
    unproven,
    pays,
    repeats,
    other_content,
    keys,
    refuses,
    pends,
    comes_back,
)
