"""Notify over HTTP: what was said, webhook endpoints, and the wall between organisations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.notify.app import create_app
from services.notify.settings import NotifySettings
from services.notify.webhooks.use_cases.register_webhook import MOST_ENDPOINTS
from shared.kernel.ids import new_id
from shared.platform.http.problems import STATUS
from shared.platform.outbound.signature import parse_secret
from shared.platform.progress import Progress
from tests.integration.notify.stage import NINE, Mailbox, Stage, a_rule, advanced, couriers, settle
from tests.support.callers import TrustingVerifier, unsigned
from tests.support.old_ids import old_id
from tests.support.persevering import PerseveringClient
from tests.support.statements import statements_of

SCOPES = "messages:read webhooks:write operations:read"

ABSENT = "01890000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Api:
    client: httpx2.AsyncClient

    async def call(self, method: str, path: str, *, org: str, **options: Any) -> httpx2.Response:
        claims = {"org": org, "sub": options.pop("sub", "erp"), "roles": options.pop("roles", [])}
        token = unsigned(**claims, scope=options.pop("scope", SCOPES), **options.pop("claims", {}))
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            headers["Idempotency-Key"] = options.pop("key", None) or new_id()
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, *, org: str, **options: Any) -> httpx2.Response:
        return await self.call("GET", path, org=org, **options)

    async def register(self, org: str, **body: Any) -> httpx2.Response:
        key = body.pop("key", None)
        return await self.call(
            "POST", "/v1/webhooks", org=org, json={"url": "https://example.com/hook"} | body, key=key
        )


@pytest.fixture
async def api(stage: Stage, settings: NotifySettings) -> AsyncIterator[Api]:
    app = create_app(settings, stage.db, Progress(), verifier=TrustingVerifier())
    async with PerseveringClient(transport=httpx2.ASGITransport(app), base_url="http://notify") as client:
        yield Api(client)


async def test_a_case_shows_its_messages_with_words_and_attempts(stage: Stage, mailbox: Mailbox, api: Api) -> None:
    org = await stage.organisation(a_rule(), a_rule(id="copy", recipients=[{"role": "first_responder"}]), now=NINE)
    case_id = await stage.register(org)
    before = (await api.get(f"/v1/cases/{case_id}/messages", org=org)).json()["items"]
    assert {item["rule"]: item["state"] for item in before} == {"tell": "queued", "copy": "sent"}

    mailbox.answers = ["451 later"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
        await stage.advance_clock(org, NINE + timedelta(seconds=10))
        await settle(stage.db, *senders)
    items = (await api.get(f"/v1/cases/{case_id}/messages", org=org)).json()["items"]

    mail = next(item for item in items if item["rule"] == "tell")
    attempts = mail.pop("attempts")
    assert mail == {
        "message_id": mail["message_id"], "case_id": case_id, "rule": "tell", "on": "case.registered",
        "recipient": "customer", "channel": "email", "template": "told", "locale": "zh-CN", "state": "sent",
        "subject": "C-00001 case.registered", "body": "华东钢构", "address": "buyer@customer.example",
        "cite": "X-5 Art.5", "reason": None, "at": "2026-03-16T01:00:10Z", "due_at": None,
        "unknown_attempts": 0,
        "handled_by": None,
    }  # fmt: skip
    assert [(attempt["result"], attempt["code"], attempt["started_at"]) for attempt in attempts] == [
        ("temporary", 451, "2026-03-16T01:00:00Z"),
        ("delivered", 250, "2026-03-16T01:00:10Z"),
    ]
    one = await api.get(f"/v1/messages/{mail['message_id']}", org=org)
    assert one.json()["attempts"] == attempts


async def test_messages_come_in_pages(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_rule(on=["case.accepted"]))
    case_id = await stage.register(org)
    for _ in range(5):
        await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {"limit": "2"} | ({"after": after} if after else {})
        page = (await api.get(f"/v1/cases/{case_id}/messages", org=org, params=params)).json()
        seen += [item["message_id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen)


async def test_a_colleague_reads_his_own_inbox(stage: Stage, api: Api) -> None:
    rules = [
        a_rule(id="copy", recipients=[{"role": "first_responder"}]),
        a_rule(id="own", recipients=[{"role": "clerk"}]),
    ]
    org = await stage.organisation(*rules)
    await stage.register(org)

    async def inbox(sub: str, *roles: str, of: str = org) -> set[str]:
        page = await api.get("/v1/inbox", org=of, sub=sub, roles=list(roles))
        return {item["rule"] for item in page.json()["items"]}

    assert await inbox("chen", "clerk") == {"copy", "own"}
    assert await inbox("li", "clerk") == {"own"}
    assert await inbox("li") == set()
    assert await inbox("chen", "clerk", of=await stage.organisation()) == set()


async def test_another_organisation_sees_nothing(stage: Stage, api: Api) -> None:
    org, other = await stage.organisation(a_rule()), await stage.organisation()
    case_id = await stage.register(org)
    message_id = (await stage.message(org)).message_id
    webhook_id = (await api.register(org)).json()["webhook_id"]

    paths = [
        ("GET", f"/v1/cases/{case_id}/messages"), ("GET", f"/v1/messages/{message_id}"),
        ("GET", f"/v1/webhooks/{webhook_id}"), ("GET", f"/v1/webhooks/{webhook_id}/deliveries"),
        ("POST", f"/v1/webhooks/{webhook_id}/rotate"), ("DELETE", f"/v1/webhooks/{webhook_id}"),
    ]  # fmt: skip
    for method, path in paths:
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        foreign = await api.call(method, path, org=other, **body)
        absent = await api.call(method, path.replace(path.split("/")[3], old_id()), org=other, **body)
        assert foreign.status_code == absent.status_code == 404, path
        assert foreign.json() | {"request_id": 0} == absent.json() | {"request_id": 0}
    assert (await api.get("/v1/webhooks", org=other)).json() == {"items": []}
    assert (await api.get(f"/v1/webhooks/{webhook_id}", org=org)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/inbox", "webhooks:write"),
        ("GET", f"/v1/cases/{ABSENT}/messages", "cases:read"),
        ("GET", f"/v1/messages/{ABSENT}", ""),
        ("GET", "/v1/webhooks", "messages:read"),
        ("POST", "/v1/webhooks", "messages:read"),
        ("POST", f"/v1/webhooks/{ABSENT}/rotate", "messages:read"),
        ("DELETE", f"/v1/webhooks/{ABSENT}", "messages:read"),
    ],
)
async def test_each_route_needs_its_scope(api: Api, stage: Stage, method: str, path: str, scope: str) -> None:
    org = await stage.organisation()
    answer = await api.call(method, path, org=org, scope=scope, **({"json": {}} if method == "POST" else {}))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await api.client.request(method, path)).status_code == 401


async def test_a_secret_is_shown_once(stage: Stage, api: Api) -> None:
    org = await stage.organisation()
    made = await api.register(org, events=["case.accepted", "*", "case.accepted"], key="k1")
    assert made.status_code == 201
    webhook = made.json()
    assert parse_secret(webhook["secret"]) is not None
    assert (webhook["events"], webhook["state"]) == (["case.accepted", "*"], "active")
    assert webhook["public_key"].startswith("whpk_")

    replayed = await api.register(org, events=["case.accepted", "*", "case.accepted"], key="k1")
    assert (replayed.json(), replayed.headers["Idempotency-Replayed"]) == (webhook, "true")
    listed = (await api.get("/v1/webhooks", org=org)).json()["items"]
    shown = (await api.get(f"/v1/webhooks/{webhook['webhook_id']}", org=org)).json()
    assert listed == [shown]
    assert "secret" not in shown


async def test_rotation_gives_a_new_secret_and_an_overlap(stage: Stage, api: Api) -> None:
    org = await stage.organisation()
    webhook = (await api.register(org)).json()
    rotated = await api.call("POST", f"/v1/webhooks/{webhook['webhook_id']}/rotate", org=org, json={})
    assert rotated.status_code == 200
    assert rotated.json()["secret"] != webhook["secret"]
    assert rotated.json()["public_key"] == webhook["public_key"]
    assert rotated.json()["previous_secret_until"] is not None


async def test_removal(stage: Stage, api: Api) -> None:
    org = await stage.organisation()
    path = f"/v1/webhooks/{(await api.register(org)).json()['webhook_id']}"
    assert (await api.call("DELETE", path, org=org)).status_code == 204
    assert (await api.call("DELETE", path, org=org)).status_code == 404
    assert (await api.get("/v1/webhooks", org=org)).json() == {"items": []}


async def test_deliveries_are_listed(stage: Stage, api: Api) -> None:
    org = await stage.organisation()
    webhook_id = (await api.register(org)).json()["webhook_id"]
    await stage.register(org)
    (delivery,) = (await api.get(f"/v1/webhooks/{webhook_id}/deliveries", org=org)).json()["items"]
    assert (delivery["event"], delivery["state"], delivery["attempts"]) == ("case.registered", "queued", [])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://example.com/"}, 400, "webhook_url_refused"),
        ({"url": "https://169.254.169.254/"}, 400, "webhook_url_refused"),
        ({"url": "https://user:pass@example.com/"}, 400, "webhook_url_refused"),
        ({"secret": "whsec_short"}, 400, "webhook_secret_invalid"),
        ({"secret": "plain"}, 400, "webhook_secret_invalid"),
        ({"events": []}, 422, "input_invalid"),
        ({"events": ["Case Accepted"]}, 422, "input_invalid"),
        ({"events": "case.accepted"}, 422, "input_invalid"),
        ({"url": 1}, 422, "input_invalid"),
        ({"state": "active"}, 422, "input_invalid"),
    ],
)
async def test_what_is_refused(stage: Stage, api: Api, body: dict[str, Any], status: int, code: str) -> None:
    answer = await api.register(await stage.organisation(), **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert status in STATUS.values()


async def test_there_is_a_limit(stage: Stage, api: Api) -> None:
    org = await stage.organisation()
    for number in range(MOST_ENDPOINTS):
        assert (await api.register(org, url=f"https://example.com/{number}")).status_code == 201
    refused = await api.register(org, url="https://example.com/20")
    assert (refused.status_code, refused.json()["code"], refused.json()["fields"]) == (
        409,
        "webhook_limit_reached",
        {"limit": 20},
    )


async def test_one_address_is_registered_once_however_it_is_written(stage: Stage, api: Api) -> None:
    org, other = await stage.organisation(), await stage.organisation()
    first = (await api.register(org, url="https://example.com/Hook")).json()["webhook_id"]
    again = await api.register(org, url="https://EXAMPLE.com:443/%48ook")
    assert (again.status_code, again.json()["code"]) == (409, "webhook_already_registered")
    assert again.json()["fields"] == {"webhook_id": first}
    assert (await api.register(org, url="https://example.com/hook")).status_code == 201
    assert (await api.register(other, url="https://example.com/Hook")).status_code == 201
    assert (await api.call("DELETE", f"/v1/webhooks/{first}", org=org)).status_code == 204
    assert (await api.register(org, url="https://EXAMPLE.com:443/%48ook")).status_code == 201


async def test_page_tokens_are_ours(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_rule())
    case_id = await stage.register(org)
    for token in ("nonsense", "WyJhIl0", "W10"):
        answer = await api.get(f"/v1/cases/{case_id}/messages", org=org, params={"after": token})
        assert (answer.status_code, answer.json()["code"]) == (400, "page_token_invalid")


async def test_quiescence_names_messages_at_work(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_rule(), now=NINE)
    await stage.register(org)
    answer = (await api.get("/v1/quiescence", org=org)).json()
    assert (answer["work"], answer["next_due_at"]) == ({"message.email": 1}, None)


async def test_listing_a_case_costs_two_statements(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_rule(on=["case.accepted"]))
    case_id = await stage.register(org)
    for _ in range(10):
        await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)
    statements = statements_of(stage.db.engine.sync_engine)
    assert len((await api.get(f"/v1/cases/{case_id}/messages", org=org)).json()["items"]) == 10
    assert len(statements) == 2
