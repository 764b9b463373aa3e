"""Every route of every service asks for a token, except those that operate the service."""

import re
from importlib.util import find_spec
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from shared.kernel.ids import OrgId, new_id
from shared.platform.auth.caller import Caller
from shared.platform.auth.needs import Needs
from shared.platform.http.openapi import dependencies_of

OPEN = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
OPEN_PREFIX = "/docs"
PROVEN_BY_THE_ERP = {"/v1/erp/callbacks/{organisation_id}"}
"""Called by an organisation's ERP, which has no token of ours (tests/integration/settlement/test_erp.py)."""
SERVICES = [name for name in ("intake", "sla", "settlement", "notify") if find_spec(f"services.{name}.app")]

pytestmark = pytest.mark.parametrize("service", SERVICES)


def closed_routes(app: FastAPI) -> list[Any]:
    routes: list[Any] = list(app.routes)
    return [route for route in routes if route.path not in OPEN and not route.path.startswith(OPEN_PREFIX)]


def test_each_route_verifies_a_token_and_names_its_scopes(service: str) -> None:
    for route in closed_routes(unconnected_app(service)):
        assert isinstance(route, APIRoute), f"{route.path} is outside of the edge"
        if route.path in PROVEN_BY_THE_ERP:
            continue
        checks = [call for call in dependencies_of(route.dependant) if isinstance(call, Needs)]
        assert len(checks) == 1, f"{route.path} needs exactly one token check"
        assert checks[0].scopes, f"{route.path} demands no scope"


async def test_each_route_answers_401_without_a_token(service: str) -> None:
    app = unconnected_app(service)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        for route in closed_routes(app):
            path = re.sub(r"{[^}]+}", new_id(), route.path)
            for method in route.methods or ():
                response = await client.request(method, path)
                assert response.status_code == 401, f"{method} {route.path} answered {response.status_code}"
                assert response.headers["www-authenticate"].startswith("Bearer")


def with_token(app: FastAPI) -> list[Any]:
    return [route for route in closed_routes(app) if route.path not in PROVEN_BY_THE_ERP]


class AllScopesBut:
    """A good token that may do everything but what is needed."""

    def __init__(self, app: FastAPI, needs: Needs) -> None:
        every = {scope for route in with_token(app) for scope in needs_of(route).scopes}
        self._caller = Caller(
            org=OrgId(new_id()),
            subject="li.wei",
            roles=frozenset({"root"}),
            scopes=frozenset(every) - needs.scopes,
            kind=min(needs.kinds),
        )

    async def verify(self, _token: str) -> Caller:
        return self._caller


def needs_of(route: APIRoute) -> Needs:
    [check] = [call for call in dependencies_of(route.dependant) if isinstance(call, Needs)]
    return check


async def test_each_route_answers_403_without_its_scopes_and_names_them(service: str) -> None:
    app = unconnected_app(service)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        for route in with_token(app):
            needs = needs_of(route)
            app.state.verifier = AllScopesBut(app, needs)
            path = re.sub(r"{[^}]+}", new_id(), route.path)
            for method in route.methods:
                response = await client.request(method, path, headers={"Authorization": "Bearer x"})
                assert response.status_code == 403, f"{method} {route.path} answered {response.status_code}"
                assert response.json()["code"] == "scope_missing"
                assert response.json()["fields"] == {"scopes": sorted(needs.scopes)}
