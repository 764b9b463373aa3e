"""Deliveries over HTTP: a test, the list with its filters, one again, a range again, and what is kept of secrets."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from services.notify.app import create_app
from services.notify.channels import webhook
from services.notify.channels.client.webhook import WebhookCaller
from services.notify.delivery.jobs import Courier
from services.notify.messages.rules import ChosenDeliveries
from services.notify.messages.store.tables import MESSAGE
from services.notify.migrations.schema import KERNEL
from services.notify.settings import NotifySettings
from services.notify.webhooks.jobs import seal_job
from services.notify.webhooks.rules.errors import RedeliveryTooLarge
from services.notify.webhooks.store import ENDPOINT
from services.notify.webhooks.use_cases.redeliver import Redeliver, redeliver_range
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import transaction
from shared.platform.outbound.signature import parse_secret
from shared.platform.progress import Progress
from shared.platform.sealing import sealer_of
from tests.integration.notify.receiver import Receiver, receiving, status
from tests.integration.notify.stage import NINE, Stage, settle
from tests.integration.notify.test_api import Api
from tests.support.callers import TrustingVerifier
from tests.support.old_ids import old_id
from tests.support.persevering import PerseveringClient


@pytest.fixture
async def api(stage: Stage, settings: NotifySettings) -> AsyncIterator[Api]:
    app = create_app(settings, stage.db, Progress(), verifier=TrustingVerifier())
    async with PerseveringClient(transport=httpx2.ASGITransport(app), base_url="http://notify") as client:
        yield Api(client)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def sender(settings: NotifySettings) -> AsyncIterator[Courier]:
    caller, sealer = WebhookCaller(allow_loopback=True), sealer_of(settings.sealing_keys)
    made = webhook.webhook_sender(caller, sealer=sealer, at_once=32, clock=SystemClock())
    yield Courier("webhook", sender=made, clock=SystemClock())
    await caller.close()


async def registered(api: Api, org: OrgId, url: str) -> dict[str, Any]:
    made = await api.register(org, url=url)
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


async def listed(api: Api, org: OrgId, webhook_id: str, **params: str) -> list[dict[str, Any]]:
    page = await api.get(f"/v1/webhooks/{webhook_id}/deliveries", org=org, params=params)
    assert page.status_code == 200, page.text
    items: list[dict[str, Any]] = page.json()["items"]
    return items


async def test_a_test_delivery_arrives_verifies_and_is_listed_as_about_no_case(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation()
    hook = await registered(api, org, receiver.url)
    asked = await api.call("POST", f"/v1/webhooks/{hook['webhook_id']}/test", org=org)
    assert asked.status_code == 202
    await settle(stage.db, sender)

    (request,) = receiver.received
    event = Webhook(hook["secret"]).verify(request.body, request.headers)
    assert (event["type"], event["data"]) == ("webhook.test", {"webhook_id": hook["webhook_id"]})
    assert request.headers["webhook-id"] == asked.json()["message_id"]
    (delivery,) = await listed(api, org, hook["webhook_id"])
    assert (delivery["event"], delivery["case_id"], delivery["state"]) == ("webhook.test", None, "sent")


async def test_a_test_is_given_up_after_ten_minutes(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation(now=NINE)
    hook = await registered(api, org, receiver.url)
    receiver.answers = [status(500)] * 3
    await api.call("POST", f"/v1/webhooks/{hook['webhook_id']}/test", org=org)
    await settle(stage.db, sender)
    await stage.advance_clock(org, NINE + timedelta(minutes=11))
    await settle(stage.db, sender)
    assert (await stage.message(org)).reason == "deadline_passed"
    assert len(receiver.received) == 1


async def test_one_delivery_is_made_again_with_its_id_and_the_whole_plan_of_retries(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation(now=NINE)
    hook = await registered(api, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(500)] * 11
    path = f"/v1/webhooks/{hook['webhook_id']}/deliveries"
    (waiting,) = await listed(api, org, hook["webhook_id"], state="queued")
    early = await api.call("POST", f"{path}/{waiting['message_id']}/redeliver", org=org)
    assert (early.status_code, early.json()["code"]) == (409, "delivery_not_redeliverable")
    now = NINE
    for _ in range(10):
        await settle(stage.db, sender)
        now += timedelta(days=2)
        await stage.advance_clock(org, now)
    (failed,) = await listed(api, org, hook["webhook_id"], state="failed")
    assert len(failed["attempts"]) == 10

    again = await api.call("POST", f"{path}/{failed['message_id']}/redeliver", org=org)
    assert (again.status_code, again.json()) == (202, {"redelivered": 1})
    await settle(stage.db, sender)
    (tried,) = await listed(api, org, hook["webhook_id"])
    assert (tried["state"], len(tried["attempts"])) == ("queued", 11)
    assert tried["due_at"] < (now + timedelta(seconds=6)).isoformat()
    await stage.advance_clock(org, now + timedelta(minutes=1))
    await settle(stage.db, sender)
    (delivered,) = await listed(api, org, hook["webhook_id"], state="sent")
    assert len(delivered["attempts"]) == 12
    assert {request.headers["webhook-id"] for request in receiver.received} == {failed["message_id"]}
    absent = await api.call("POST", f"{path}/{old_id()}/redeliver", org=org)
    assert (absent.status_code, absent.json()["code"]) == (404, "delivery_not_found")


async def test_the_deliveries_of_a_range_are_made_again_and_no_more_than_the_bound(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation(now=NINE)
    hook = await registered(api, org, receiver.url)
    first = await stage.register(org)
    await stage.advance_clock(org, NINE + timedelta(hours=1))
    second = await stage.register(org)
    await settle(stage.db, sender)
    assert len(receiver.received) == 2
    later = "2026-03-16T02:00:00Z"
    assert [each["case_id"] for each in await listed(api, org, hook["webhook_id"], **{"from": later})] == [second]
    assert [each["case_id"] for each in await listed(api, org, hook["webhook_id"], case_id=first)] == [first]
    assert await listed(api, org, hook["webhook_id"], event="clock.breached") == []

    path = f"/v1/webhooks/{hook['webhook_id']}/redeliver"
    wanted = {"from": "2026-03-16T01:00:00Z", "to": later, "states": ["sent"]}
    narrow = await api.call("POST", path, org=org, json=wanted)
    assert (narrow.status_code, narrow.json()) == (202, {"redelivered": 1})
    await settle(stage.db, sender)
    assert len(receiver.received) == 3
    cmd = Redeliver(org=org, endpoint_id=hook["webhook_id"], chosen=ChosenDeliveries(states=("sent",)))
    with pytest.raises(RedeliveryTooLarge):
        async with transaction(stage.db) as tx:
            await redeliver_range(tx, cmd, now=NINE, most=1)
    assert {row.state for row in await stage.rows(MESSAGE, MESSAGE.c.org_id == org)} == {"sent"}


async def test_nothing_is_sent_to_an_endpoint_that_is_gone(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier
) -> None:
    org = await stage.organisation()
    hook = await registered(api, org, receiver.url)
    await stage.register(org)
    receiver.answers = [status(410)]
    await settle(stage.db, sender)
    for path in ("test", "redeliver"):
        body = {"from": "2026-03-16T00:00:00Z", "to": "2036-03-16T00:00:00Z"}
        answer = await api.call("POST", f"/v1/webhooks/{hook['webhook_id']}/{path}", org=org, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "webhook_disabled")


async def test_no_secret_stands_in_the_database_as_it_is(stage: Stage, api: Api, receiver: Receiver) -> None:
    org = await stage.organisation()
    hook = await registered(api, org, receiver.url)
    secret = parse_secret(hook["secret"])
    assert secret is not None
    (row,) = await stage.rows(ENDPOINT, ENDPOINT.c.org_id == org)
    assert secret not in row.secret
    (answered,) = await stage.rows(KERNEL.idempotency, KERNEL.idempotency.c.org_id == org)
    assert hook["secret"].encode() not in answered.body


async def test_keys_from_before_are_sealed_and_sign_as_they_did(
    stage: Stage, api: Api, receiver: Receiver, sender: Courier, settings: NotifySettings
) -> None:
    org = await stage.organisation()
    hook = await registered(api, org, receiver.url)
    async with transaction(stage.db) as tx:
        plain = ENDPOINT.update().where(ENDPOINT.c.org_id == org)
        await tx.execute(plain.values(secret=parse_secret(hook["secret"]), seed=b"s" * 32, is_sealed=False))
    assert await seal_job(sealer_of(settings.sealing_keys)).run(stage.db) == 1
    (row,) = await stage.rows(ENDPOINT, ENDPOINT.c.org_id == org)
    assert (row.is_sealed, len(row.secret)) == (True, 32 + 33)
    await stage.register(org)
    await settle(stage.db, sender)
    Webhook(hook["secret"]).verify(receiver.received[0].body, receiver.received[0].headers)
