"""`redress erp check` over real HTTP: the simulator keeps the contract, and each fault of a broken ERP is named."""

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from operate.erp.check import Options, check_erp
from operate.erp.description import CHECK_REFUSED
from operate.erp.target import Target
from operate.runtime.state import StackState, save_state
from operate.sinks.erp import create_app
from operate.sinks.ledger import Credentials, Ledger
from shared.contracts.erp import PaymentRequest
from shared.kernel.ids import new_id
from tests.support.erp import CALLBACK_SECRET, CALLBACK_TOKEN, SECRET, TOKEN, served

Found = Mapping[str, tuple[str, ...]]
SOON = Options(wait_seconds=3)


def admitted(secret: str = SECRET, callback_secret: str = CALLBACK_SECRET) -> tuple[Ledger, Target]:
    """An ERP's books that know one organisation, and the target of its check without an address."""
    ledger, organisation = Ledger(), new_id()
    scheme = "signature" if secret.startswith("whsec_") else "bearer"
    ledger.admit(organisation, Credentials(scheme=scheme, secret=secret, callback_secret=callback_secret))  # type: ignore[arg-type]
    return ledger, Target(url="", secret=secret, callback_secret=callback_secret, organisation=organisation)


async def found(app: Any, target: Target, options: Options = SOON) -> Found:
    async with served(app) as url:
        return {finding.name: finding.faults async for finding in check_erp(replace(target, url=url), options)}


@pytest.mark.parametrize(("secret", "callback_secret"), [(SECRET, CALLBACK_SECRET), (TOKEN, CALLBACK_TOKEN)])
async def test_our_simulator_keeps_the_contract_with_either_proof(secret: str, callback_secret: str) -> None:
    ledger, target = admitted(secret, callback_secret)
    assert await found(create_app(ledger), target) == {
        "unproven": (),
        "pays": (),
        "repeats": (),
        "other_content": (),
        "keys": (),
        "refuses": (),
        "pends": (),
        "comes_back": (),
    }


Spoil = Callable[[Scope, int, dict[str, Any]], Awaitable[tuple[int, bytes]]]


@dataclass
class Spoilt:
    """A simulator whose answers are changed on their way out."""

    app: Any
    spoil: Spoil

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, body = 0, b""

        async def caught(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, caught)
        status, body = await self.spoil(scope, status, orjson.loads(body))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def changing(**changes: Any) -> Spoil:
    """Payments with other members."""

    async def spoil(_scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
        return status, orjson.dumps(body | changes if "payment_key" in body else body)

    return spoil


def answering(instead: Mapping[int, int]) -> Spoil:
    """Other statuses."""

    async def spoil(_scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
        return instead.get(status, status), orjson.dumps(body)

    return spoil


async def wordless(_scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
    """Refusals whose text is missing."""
    return status, orjson.dumps({"code": body["code"]} if status == 422 else body)


async def rubbish(_scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
    """A web page."""
    return status, b"<html>" if status == 200 else orjson.dumps(body)


async def endless(_scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
    """More than any answer may be."""
    return status, orjson.dumps(body) + b" " * 70_000


async def forgetful(scope: Scope, status: int, body: dict[str, Any]) -> tuple[int, bytes]:
    """GET knows nothing."""
    return (404, b"{}") if scope["method"] == "GET" else (status, orjson.dumps(body))


SPOILT: list[tuple[str, Spoil, str, str]] = [
    ("amount", changing(amount_minor=112), "pays", "it says 112 CNY where 113 CNY was asked"),
    ("text for a number", changing(amount_minor="113"), "pays", "the body of 200 is not `Payment`: amount_minor"),
    ("NUL", changing(reference="pay\x001"), "pays", "`reference` holds a control character"),
    ("no reference", changing(reference=None), "pays", "`reference` is missing"),
    ("long reference", changing(reference="x" * 201), "pays", "`reference` has more than 200 characters"),
    ("no time", changing(paid_at=None), "pays", "`paid_at` is missing"),
    ("another key", changing(payment_key=new_id()), "pays", "`payment_key` is not the key of the request"),
    ("never paid", changing(status="pending"), "pays", "`status` is pending instead of paid"),
    ("201", answering({200: 201}), "pays", "it was answered 201 instead of 200"),
    ("a page", rubbish, "pays", "the body of 200 is not `Payment`"),
    ("endless", endless, "pays", "is longer than 65536 bytes"),
    ("open door", answering({401: 200}), "unproven", "POST without credentials was answered 200 instead of 401"),
    ("other content", answering({409: 200}), "other_content", "the same key with another amount was answered 200"),
    ("unknown key", answering({404: 200}), "keys", "a key that was never sent was answered 200 instead of 404"),
    ("no key", answering({400: 200}), "keys", "a request with no Idempotency-Key was answered 200 instead of 400"),
    ("402", answering({422: 402}), "refuses", f"customer {CHECK_REFUSED} was answered 402 instead of 422"),
    ("no words", wordless, "refuses", "the body of 422 is not `Refusal`: text"),
    ("not 202", answering({202: 200}), "pends", "it was answered 200 instead of 202"),
    ("forgets", forgetful, "pends", "asked for: it was answered 404 instead of 200"),
    ("reasons", changing(text=None), "comes_back", "`text` is missing"),
]


@pytest.mark.parametrize(("spoil", "check", "words"), [each[1:] for each in SPOILT], ids=[each[0] for each in SPOILT])
async def test_a_broken_answer_is_named(spoil: Spoil, check: str, words: str) -> None:
    ledger, target = admitted()
    faults = (await found(Spoilt(create_app(ledger), spoil), target, Options(wait_seconds=1)))[check]
    assert [fault for fault in faults if words in fault], faults


class Twice(Ledger):
    """Books that pay every request anew."""

    def find(self, organisation: str, key: str) -> Any:
        return None

    def pay(self, request: PaymentRequest, **options: Any) -> Any:
        other = request.model_copy(update={"payment_key": new_id()})
        booked = super().pay(other, **options)
        booked.payment = booked.payment.model_copy(update={"payment_key": request.payment_key})
        return booked


async def test_an_erp_that_pays_twice_is_named() -> None:
    known, target = admitted()
    twice = Twice()
    twice.credentials = known.credentials
    faults = (await found(create_app(twice), target, Options(wait_seconds=1)))["repeats"]
    assert any(fault.startswith("the same key was paid more than once: pay_") for fault in faults)
    assert "5 requests with the same key at the same time were paid 5 times" in faults


@pytest.mark.parametrize(
    ("callback_secret", "words"),
    [
        ("whsec_" + "b3RoZXItc2VjcmV0LW9mLXRoZS1FUlAtMDAwMQ==", "the callback has a signature that is not made with"),
        (None, "no callback came within 1 s"),
    ],
)
async def test_a_callback_that_is_not_proven_or_does_not_come_is_named(callback_secret: str | None, words: str) -> None:
    ledger, target = admitted()
    known = ledger.credentials[target.organisation]
    ledger.admit(
        target.organisation, Credentials(scheme=known.scheme, secret=known.secret, callback_secret=callback_secret)
    )
    result = await found(create_app(ledger), target, Options(wait_seconds=1))
    assert [fault for fault in result["pends"] if words in fault], result
    assert [fault for fault in result["comes_back"] if words in fault], result
    assert result["pays"] == ()


async def test_an_erp_that_takes_its_time_is_named() -> None:
    ledger, target = admitted()
    impatient = replace(target, answer_seconds=0.0)
    faults = (await found(create_app(ledger), impatient, Options(wait_seconds=1)))["pays"]
    assert any(re.fullmatch(r"POST was answered after \d+\.\d s; settlement waits 0 s", fault) for fault in faults)


async def test_nothing_there_is_named() -> None:
    _, target = admitted()
    nowhere = replace(target, url="http://127.0.0.1:1", callback_secret=None)
    findings = {finding.name: finding.faults async for finding in check_erp(nowhere, Options(wait_seconds=1))}
    assert findings["pays"][0] == "POST failed: ConnectError"


async def test_a_system_in_production_refuses_the_customers_of_the_check_and_is_told_so() -> None:
    ledger, target = admitted()
    result = await found(Spoilt(create_app(ledger), answering({200: 422, 202: 422})), target, Options(wait_seconds=1))
    assert "it was answered 422 instead of 200" in result["pays"]


def test_a_simulator_that_does_not_answer_is_told_in_a_line(tmp_path: Path) -> None:
    """Of the stack that REDRESS_STATE names."""
    save_state(tmp_path / "stack.json", StackState(urls={"erp": "http://127.0.0.1:1"}))
    environment = {**os.environ, "REDRESS_STATE": str(tmp_path)}
    command = [sys.executable, "-m", "operate.cli", "erp", "check"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "The simulator does not answer at http://127.0.0.1:1" in ran.stderr
    assert "Traceback" not in ran.stderr
