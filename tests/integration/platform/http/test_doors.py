"""What every answer says, whatever the route: rates, origins, methods, how it may be kept; and what a hot row answers."""

import asyncio
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from shared.kernel.ids import new_id


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy")


async def test_a_caller_beyond_the_quota_is_told_when_to_come_again(toy: Any) -> None:
    app = toy.other_app(rate_per_caller=3, rate_per_organisation=5)
    async with client_of(app) as client:
        url = f"/v1/notes/{new_id()}"
        answers = [await client.get(url, headers=toy.headers()) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"caller";q=3;w=10, "organisation";q=5;w=10'
        assert answers[0].headers["ratelimit"].startswith('"caller";r=2;t=4, "organisation";r=4;t=2')
        assert answers[3].json()["code"] == "rate_exceeded"
        assert 1 <= int(answers[3].headers["retry-after"]) <= 12
        assert answers[3].headers["ratelimit"].startswith('"caller";r=0;')
        colleague = await client.get(url, headers=toy.headers(sub="wang.fang"))
        other = await client.get(url, headers=toy.headers(org=toy.simulated_org))
        assert (colleague.status_code, other.status_code) == (200, 200)


async def test_requests_without_a_token_are_counted_by_their_address(toy: Any) -> None:
    async with client_of(toy.other_app(rate_per_peer=2)) as client:
        url = f"/v1/notes/{new_id()}"
        assert [(await client.get(url)).status_code for _ in range(3)] == [401, 401, 429]
        assert (await client.get(url, headers=toy.headers())).status_code == 200
        assert (await client.get("/health/live")).status_code == 200


ANSWERS = [
    ("GET", "/health/live"),
    ("GET", "/v1/none"),
    ("GET", "/docs"),
    ("DELETE", "/v1/notes"),
    ("POST", "/v1/notes"),
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
async def test_every_answer_is_what_it_says_and_is_not_kept(toy: Any, method: str, path: str) -> None:
    answer = await toy.client.request(method, path, headers=toy.headers())
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("method", ["DELETE", "HEAD", "OPTIONS", "PUT"])
async def test_allow_names_all_methods_of_a_path(toy: Any, method: str) -> None:
    answer = await toy.client.request(method, "/v1/both", headers=toy.headers())
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


SHOP = "https://shop.example"


async def test_a_page_of_a_listed_origin_may_call_and_read(toy: Any) -> None:
    async with client_of(toy.other_app(cors_origins=f"{SHOP} https://desk.example")) as client:
        asked = {
            "Origin": SHOP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key, redress-position",
        }
        preflight = await client.options("/v1/notes", headers=asked)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, SHOP)
        assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
        assert preflight.headers["x-content-type-options"] == "nosniff"
        refused = await client.post("/v1/notes", content="{", headers=toy.headers(key="k") | {"Origin": SHOP})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, SHOP)
        readable = refused.headers["access-control-expose-headers"]
        assert {"RateLimit", "Redress-Position", "Retry-After"} <= set(readable.split(", "))
        assert "access-control-allow-credentials" not in refused.headers


async def test_a_page_of_another_origin_may_not(toy: Any) -> None:
    for app in (toy.app, toy.other_app(cors_origins=SHOP)):
        async with client_of(app) as client:
            asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
            assert "access-control-allow-origin" not in (await client.options("/v1/notes", headers=asked)).headers
            answer = await client.get("/v1/none", headers=toy.headers() | {"Origin": "https://evil.example"})
            assert "access-control-allow-origin" not in answer.headers


async def test_a_hot_case_is_busy_and_others_are_served(toy: Any) -> None:
    hot, cold = (f"/v1/cases/{new_id()}/notes" for _ in range(2))

    async def post(path: str, number: int) -> httpx2.Response:
        answer: httpx2.Response = await toy.client.post(
            path, content='{"text":"slow"}', headers=toy.headers(key=f"{path}-{number}")
        )
        return answer

    # 4 run and 30 wait, for at most two seconds; the others are told at once
    answers = asyncio.gather(*(post(hot, number) for number in range(60)))
    await asyncio.sleep(0.05)
    other = await asyncio.wait_for(post(cold, 1), 5)
    assert other.status_code == 201
    refused = [answer for answer in await answers if answer.status_code == 503]
    assert len(refused) >= 26
    assert {answer.status_code for answer in await answers} == {201, 503}
    assert {answer.json()["code"] for answer in refused} == {"busy"}
    come_again = {int(answer.headers["retry-after"]) for answer in refused}
    assert come_again <= {2, 3, 4, 5, 6}
    assert len(come_again) > 1, "not all of them in one second"


async def test_metrics_and_documents_may_be_on_another_port(toy: Any) -> None:
    app = toy.other_app(operations_port=9)
    async with client_of(app) as client, client_of(app.state.operations) as operator:
        for path in ("/metrics", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 404
            assert (await operator.get(path)).status_code == 200
        assert (await client.get("/health/live")).status_code == 200
        assert (await operator.get("/v1/slow", headers=toy.headers())).status_code == 404
        assert (await operator.get("/metrics")).headers["x-content-type-options"] == "nosniff"
