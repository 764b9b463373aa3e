"""Webhooks: signed, repeated, refused, cut off, and never to an address inside."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.notify.channels import webhook
from services.notify.channels.client.webhook import WebhookCaller
from services.notify.delivery.jobs import Courier
from services.notify.messages.rules import Outcome, Verdict
from services.notify.messages.store.tables import ATTEMPT, MESSAGE
from services.notify.webhooks.rules.errors import WebhookNotFound
from services.notify.webhooks.store import ENDPOINT, get_endpoint
from services.notify.webhooks.use_cases.register_webhook import RegisterWebhook, register_webhook
from services.notify.webhooks.use_cases.remove_webhook import RemoveWebhook, remove_webhook
from services.notify.webhooks.use_cases.rotate_webhook import RotateWebhook, rotate_webhook
from shared.contracts.intake import CaseRegisteredV1
from shared.kernel.actor import Actor
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import reading, transaction
from shared.platform.outbound.signature import secret_text
from shared.platform.sealing import Sealer
from tests.integration.notify.receiver import Receiver, drip, endless, garbage, never, receiving, status
from tests.integration.notify.stage import NINE, Stage, a_rule, advanced, settle

SECRET = b"s" * 32
SEALER = Sealer([b"k" * 32])


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


class MovedClock:
    """Real time at the start of a test, which the test itself moves on."""

    def __init__(self) -> None:
        self._began = SystemClock().now()
        self.passed = timedelta()

    def now(self) -> datetime:
        return self._began + self.passed


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def sender(clock: MovedClock) -> AsyncIterator[Courier]:
    caller = WebhookCaller(allow_loopback=True, timeout_seconds=2.0)
    yield Courier(
        "webhook", sender=webhook.webhook_sender(caller, sealer=SEALER, at_once=32, clock=clock), clock=SystemClock()
    )
    await caller.close()


async def subscribe(stage: Stage, org: OrgId, url: str, *events: str) -> str:
    cmd = RegisterWebhook(
        org=org, url=url, events=events or ("*",), secret=SECRET, allow_loopback=True, actor=Actor(subject="erp")
    )
    async with transaction(stage.db) as tx:
        return (await register_webhook(tx, cmd, sealer=SEALER, now=NINE)).endpoint.endpoint_id


async def verdicts(stage: Stage, org: OrgId) -> list[tuple[str, int | None, str]]:
    rows = await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)
    return [(row.verdict, row.code, row.reason) for row in sorted(rows, key=lambda row: row.number)]


async def test_a_case_event_arrives_signed_and_without_personal_data(
    stage: Stage, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation()
    await subscribe(stage, org, receiver.url)
    case_id = await stage.register(org)
    await settle(stage.db, sender)

    (request,) = receiver.received
    event = Webhook(secret_text(SECRET)).verify(request.body, request.headers)
    assert (event["type"], event["source"], event["time"]) == (
        "case.registered.v1", "/redress/intake", "2026-03-16T01:00:00Z",
    )  # fmt: skip
    assert (event["partitionkey"], event["org"]) == (case_id, org)
    schema = json.loads(Path("docs/api/events/case.registered.v1.json").read_text(encoding="utf-8"))
    CaseRegisteredV1.model_validate_json(json.dumps(event["data"]), strict=True)
    assert set(schema["properties"]) == set(event["data"])
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    message = await stage.message(org)
    assert request.headers["webhook-id"] == message.message_id
    text = request.body.decode()
    assert [word for word in ("华东钢构", "buyer@") if word in text] == []
    assert await stage.events(org) == []


async def test_one_delivery_of_an_event_that_is_wanted_by_a_milestone(
    stage: Stage, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation()
    await subscribe(stage, org, receiver.url, "case.accepted", "case.routed")
    case_id = await stage.register(org)
    event_id = "01890a5d-ac96-774b-bcce-b302099a0e01"
    for _ in range(5):
        await stage.happens(
            advanced(case_id, "case.routed", "case.accepted"), org=org, case_id=case_id, event_id=event_id
        )
    await settle(stage.db, sender)
    assert [json.loads(request.body)["id"] for request in receiver.received] == [event_id]


async def test_a_rules_message_over_a_webhook_is_a_notice(stage: Stage, receiver: Receiver, sender: Courier) -> None:
    org = await stage.organisation(a_rule(channels=["webhook", "email"]))
    await subscribe(stage, org, receiver.url, "notice")
    await stage.register(org)
    await settle(stage.db, sender)

    event = json.loads(receiver.received[0].body)
    message = await stage.message(org)
    assert (event["type"], event["data"]["message_id"], event["data"]["recipient"]) == (
        "notice", message.message_id, "customer",
    )  # fmt: skip
    assert "华东钢构" not in receiver.received[0].body.decode()
    assert [kind for kind, _ in await stage.events(org)] == ["message.sent.v1"]


async def test_retries_keep_the_id_and_renew_the_timestamp(
    stage: Stage, receiver: Receiver, sender: Courier, clock: MovedClock
) -> None:
    org = await stage.organisation()
    await subscribe(stage, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(500), status(302, "Location: http://169.254.169.254/"), status(404)]
    for _ in range(4):
        await settle(stage.db, sender)
        clock.passed += timedelta(seconds=1)
        await stage.make_due(org)

    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 4
    assert len({request.body for request in receiver.received}) == 1
    for request in receiver.received:
        Webhook(secret_text(SECRET)).verify(request.body, request.headers)
    assert await verdicts(stage, org) == [
        ("temporary", 500, "http_status"),
        ("temporary", 302, "redirect_not_followed"),
        ("temporary", 404, "http_status"),
        ("delivered", 200, "accepted"),
    ]


async def test_410_ends_the_subscription_until_it_is_rotated(stage: Stage, receiver: Receiver, sender: Courier) -> None:
    org = await stage.organisation()
    endpoint_id = await subscribe(stage, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(410)]
    await settle(stage.db, sender)

    (endpoint,) = await stage.rows(ENDPOINT, ENDPOINT.c.org_id == org)
    assert (endpoint.state, endpoint.reason) == ("disabled", "gone")
    assert (await stage.message(org)).reason == "endpoint_gone"
    await stage.register(org)
    await settle(stage.db, sender)
    assert len(receiver.received) == 1

    async with transaction(stage.db) as tx:
        cmd = RotateWebhook(org=org, endpoint_id=endpoint_id, secret=None)
        await rotate_webhook(tx, cmd, sealer=SEALER, now=SystemClock().now())
    await stage.register(org)
    await settle(stage.db, sender)
    assert len(receiver.received) == 2


DATED = ("Date: Fri, 31 Dec 1999 23:29:59 GMT", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT")


@pytest.mark.parametrize(("code", "told"), [(429, ("Retry-After: 1800",)), (503, ("Retry-After: 1800",)), (503, DATED)])
async def test_retry_after_is_honoured(
    stage: Stage, receiver: Receiver, sender: Courier, code: int, told: tuple[str, ...]
) -> None:
    org = await stage.organisation(now=NINE)
    await subscribe(stage, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(code, *told)]
    await settle(stage.db, sender)
    assert (await stage.message(org)).due_at == NINE + timedelta(minutes=30)


async def test_both_secrets_sign_after_a_rotation(stage: Stage, receiver: Receiver, sender: Courier) -> None:
    org = await stage.organisation()
    endpoint_id = await subscribe(stage, org, receiver.url)
    async with transaction(stage.db) as tx:
        cmd = RotateWebhook(org=org, endpoint_id=endpoint_id, secret=b"n" * 32)
        await rotate_webhook(tx, cmd, sealer=SEALER, now=SystemClock().now())
    await stage.register(org)
    await settle(stage.db, sender)
    (request,) = receiver.received
    for secret in (SECRET, b"n" * 32):
        Webhook(secret_text(secret)).verify(request.body, request.headers)
    assert [part.split(",")[0] for part in request.headers["webhook-signature"].split(" ")] == ["v1", "v1", "v1a"]


async def test_what_waits_for_a_removed_endpoint_is_skipped(stage: Stage, receiver: Receiver, sender: Courier) -> None:
    org = await stage.organisation(now=NINE)
    endpoint_id = await subscribe(stage, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(500)]
    await settle(stage.db, sender)
    async with transaction(stage.db) as tx:
        await remove_webhook(tx, RemoveWebhook(org=org, endpoint_id=endpoint_id), now=NINE)
    await settle(stage.db, sender)
    message = await stage.message(org)
    assert (message.state, message.reason) == ("skipped", "endpoint_removed")
    async with reading(stage.db) as tx:
        with pytest.raises(WebhookNotFound):
            await get_endpoint(tx, org=org, endpoint_id=endpoint_id)


async def test_a_slow_endpoint_holds_up_no_other(stage: Stage, receiver: Receiver, clock: MovedClock) -> None:
    org = await stage.organisation()
    caller = WebhookCaller(allow_loopback=True, timeout_seconds=25.0)
    sender = Courier(
        "webhook", sender=webhook.webhook_sender(caller, sealer=SEALER, at_once=32, clock=clock), clock=SystemClock()
    )
    async with receiving() as slow:
        slow.answers = [never] * 50
        slow_id = await subscribe(stage, org, slow.url)
        await subscribe(stage, org, receiver.url)
        for _ in range(20):
            await stage.register(org)
        async with asyncio.timeout(20):
            while len(receiver.received) < 20:
                await sender.run(stage.db)
        assert len(slow.received) <= 4
        waiting = await stage.rows(MESSAGE, MESSAGE.c.org_id == org, MESSAGE.c.endpoint_id == slow_id)
        assert {message.state for message in waiting} == {"queued", "sending"}
        await sender.finish(stage.db, seconds=0)
    await caller.close()


async def test_organisations_do_not_hear_of_each_other(stage: Stage, receiver: Receiver, sender: Courier) -> None:
    mine, other = await stage.organisation(), await stage.organisation()
    await subscribe(stage, mine, receiver.url)
    await stage.register(other)
    await settle(stage.db, sender)
    assert receiver.received == []
    assert await stage.rows(MESSAGE, MESSAGE.c.org_id == other) == []


# The caller alone


async def post(
    url: str, *, resolves_to: list[str] | None = None, allow_loopback: bool = False, seconds: float = 0.5
) -> Outcome:
    async def resolve(_host: str, _port: int) -> list[str]:
        return resolves_to or []

    options: dict[str, Any] = {"resolve": resolve} if resolves_to is not None else {}
    caller = WebhookCaller(allow_loopback=allow_loopback, timeout_seconds=seconds, **options)
    try:
        return await caller.post(url, body=b"{}", headers={})
    finally:
        await caller.close()


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["fd00::1"],
     ["93.184.216.34", "127.0.0.1"], ["168.63.129.16"], []],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_connected_to(addresses: list[str], receiver: Receiver) -> None:
    outcome = await post("https://innocent.example/hook", resolves_to=addresses)
    assert (outcome.verdict, outcome.reason) == (Verdict.PERMANENT, "address_refused")
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url", ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://localhost/"]
)
async def test_odd_spellings_of_this_computer_are_resolved_and_refused(url: str) -> None:
    outcome = await post(url)
    assert outcome.reason in ("address_refused", "connection_failed", "url_refused")
    assert outcome.reason != "connection_failed" or "0x7f" in url or "0177" in url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://localhost:{port}/", "ftp://x/"]
)
async def test_production_refuses_what_a_demo_may_register(url: str, receiver: Receiver) -> None:
    outcome = await post(url.format(port=receiver.port))
    assert (outcome.verdict, outcome.reason) == (Verdict.PERMANENT, "url_refused")
    assert receiver.connections == 0


async def test_a_name_is_resolved_for_each_connection_and_judged_each_time(receiver: Receiver) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    receiver.answers = [status(200, "Connection: close")]
    caller = WebhookCaller(allow_loopback=True, resolve=rebinding)
    first = await caller.post(f"http://localhost:{receiver.port}/", body=b"{}", headers={})
    second = await caller.post(f"http://localhost:{receiver.port + 1}/", body=b"{}", headers={})
    await caller.close()
    assert (first.verdict, second.reason) == (Verdict.DELIVERED, "address_refused")


async def test_redirects_are_failures_and_not_followed(receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        receiver.answers = [status(307, f"Location: {elsewhere.url}")]
        outcome = await post(receiver.url, allow_loopback=True)
        assert (outcome.verdict, outcome.reason) == (Verdict.TEMPORARY, "redirect_not_followed")
        assert elsewhere.connections == 0


@pytest.mark.parametrize("answer", [never, drip])
async def test_a_receiver_that_stalls_is_cut_off(receiver: Receiver, answer: Any) -> None:
    receiver.answers = [answer]
    began = time.monotonic()
    outcome = await post(receiver.url, allow_loopback=True)
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "timed_out")
    assert time.monotonic() - began < 20  # the receiver stalls for 30 s and more


async def test_an_endless_answer_is_left_after_its_status(receiver: Receiver) -> None:
    receiver.answers = [endless]
    began = time.monotonic()
    outcome = await post(receiver.url, allow_loopback=True, seconds=10)
    assert outcome.verdict is Verdict.DELIVERED
    assert time.monotonic() - began < 9  # before the time-out


async def test_something_that_is_no_http_server(receiver: Receiver) -> None:
    receiver.answers = [garbage]
    outcome = await post(receiver.url, allow_loopback=True)
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "connection_lost")


async def test_nobody_there(port: int) -> None:
    outcome = await post(f"http://127.0.0.1:{port}/", allow_loopback=True)
    assert (outcome.verdict, outcome.reason) == (Verdict.TEMPORARY, "connection_failed")
