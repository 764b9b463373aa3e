"""Every route of every service that takes a body, found by walking the routers, refuses a hostile one by the same edge.

The applications reach no server here: what gets past the edge would fail as 503, so none of it does.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from operate.runtime.databases import SERVICES
from shared.kernel.actor import Kind
from shared.kernel.ids import OrgId, new_id
from shared.platform.auth.caller import Caller
from shared.platform.auth.needs import Needs
from shared.platform.http.openapi import dependencies_of
from shared.platform.http.strict import StrictBody

CANARY = "CANARY-139-0000-0000"
MIB = 1024 * 1024
BODIES = {
    "empty": (b"", 400),
    "cut off": (b'{"a":', 400),
    "two values": (b"{}{}", 400),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "a text": (b'"x"', 422),
    "unknown key": (b'{"unheard_of":"%s"}' % CANARY.encode(), 422),
    "duplicate keys": (b'{"a":1,"a":2}', 400),
    "NUL": (b'{"a":"%s\\u0000"}' % CANARY.encode(), 400),
    "raw NUL": (b'{"a":"\x00"}', 400),
    "NUL in a key": (b'{"\\u0000":1}', 400),
    "lone high surrogate": (b'{"a":"\\ud800"}', 400),
    "lone low surrogate": (b'{"a":"\\udfff x"}', 400),
    "encoded surrogate": (b'{"a":"\xed\xa0\x80"}', 400),
    "NaN": (b'{"a":NaN}', 400),
    "Infinity": (b'{"a":Infinity}', 400),
    "minus Infinity": (b'{"a":-Infinity}', 400),
    "1e999": (b'{"a":1e999}', 400),
    "-1e999": (b'{"a":-1e999}', 400),
    "10^30": (b'{"a":1%s}' % (b"0" * 30), 400),
    "5,000 digits": (b'{"a":%s}' % (b"9" * 5000), 400),
    "depth bomb": (b'{"a":%s%s}' % (b"[" * 100_000, b"]" * 100_000), 400),
    "unclosed depth bomb": (b'{"a":' * 100_000, 400),
    "byte order mark": (b"\xef\xbb\xbf{}", 400),
    "UTF-16": ('{"a":"b"}'.encode("utf-16"), 400),
    "UTF-32": ('{"a":"b"}'.encode("utf-32"), 400),
    "invalid UTF-8": (b'{"a":"\xff\xfe"}', 400),
    "overlong UTF-8": (b'{"a":"\xc0\xaf"}', 400),
    "huge text": (b'{"a":"%s"}' % (b"x" * 2 * MIB), 413),
}
KINDS = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]


class AllowsEverything:
    """A caller with every scope, of the kind that the token names; the real verifier has its own tests."""

    def __init__(self, scopes: frozenset[str]) -> None:
        self._caller = Caller(org=OrgId(new_id()), subject="li.wei", roles=frozenset(), scopes=scopes)

    async def verify(self, token: str) -> Caller:
        return replace(self._caller, kind=Kind(token))


def app_of(service: str) -> FastAPI:
    app = unconnected_app(service)
    scopes = {
        scope
        for route in app.routes
        if isinstance(route, APIRoute)
        for call in dependencies_of(route.dependant)
        if isinstance(call, Needs)
        for scope in call.scopes
    }
    app.state.verifier = AllowsEverything(frozenset(scopes))
    return app


APPS: dict[str, FastAPI] = {service: app_of(service) for service in SERVICES}


def routes_with_a_body() -> Iterator[tuple[str, str, APIRoute]]:
    for service, app in APPS.items():
        for route in app.routes:
            if isinstance(route, APIRoute):
                for method in sorted((route.methods or set()) & {"POST", "PUT", "PATCH"}):
                    yield service, method, route


def takes_json(route: APIRoute) -> bool:
    return any(isinstance(call, StrictBody) for call in dependencies_of(route.dependant))


ROUTES = [one for one in routes_with_a_body() if takes_json(one[2])]
EACH_ROUTE = pytest.mark.parametrize(
    ("service", "method", "route"), ROUTES, ids=[f"{service} {route.path}" for service, _, route in ROUTES]
)


async def send(service: str, method: str, route: APIRoute, content: Any, *, kind: str) -> httpx2.Response:
    path = re.sub(r"{[^}]*id}", new_id(), route.path)
    [needs] = [call for call in dependencies_of(route.dependant) if isinstance(call, Needs)]
    headers = {"Authorization": f"Bearer {min(needs.kinds).value}", "Idempotency-Key": new_id(), "Content-Type": kind}
    transport = httpx2.ASGITransport(app=APPS[service])
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        return await client.request(method, re.sub(r"{[^}]+}", "word", path), content=content, headers=headers)


def is_problem(response: httpx2.Response, status: int) -> bool:
    body = response.json()
    return (
        response.status_code == body["status"] == status
        and response.headers["content-type"] == "application/problem+json"
        and {"code", "title", "title_zh", "fields", "request_id"} <= body.keys()
    )


def test_every_route_reads_its_body_strictly_but_those_of_files_those_of_none_and_the_signed_one() -> None:
    """A signed body is verified before it is read: tests/integration/settlement/test_erp.py."""
    others = [route.path for _, _, route in routes_with_a_body() if not takes_json(route)]

    assert others == [
        "/v1/cases/{case_id}/links/{link_id}/revoke",
        "/v1/my/cases/{case_id}/evidence",
        "/v1/cases/{case_id}/evidence",
        "/v1/erp/callbacks/{organisation_id}",
        "/v1/webhooks/{webhook_id}/test",
        "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    ]
    assert len(ROUTES) > 20


@EACH_ROUTE
async def test_hostile_bodies(service: str, method: str, route: APIRoute) -> None:
    answers = {
        name: await send(service, method, route, body, kind="application/json") for name, (body, _) in BODIES.items()
    }

    wrong = {name: answer.text for name, answer in answers.items() if not is_problem(answer, BODIES[name][1])}
    assert wrong == {}
    assert [name for name, answer in answers.items() if CANARY in answer.text] == []


@EACH_ROUTE
async def test_another_media_type(service: str, method: str, route: APIRoute) -> None:
    for kind in KINDS:
        assert is_problem(await send(service, method, route, b"{}", kind=kind), 415), kind


@EACH_ROUTE
async def test_an_endless_body_without_a_length(service: str, method: str, route: APIRoute) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65_536

    answer = await send(service, method, route, endless(), kind="application/json")

    assert is_problem(answer, 413)
    assert sent <= 20
