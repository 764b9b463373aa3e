"""Every route of every service refuses a query parameter that it does not declare, and one that comes twice."""

import re
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from operate.runtime.databases import SERVICES
from shared.kernel.ids import OrgId, new_id
from shared.platform.auth.caller import Caller
from shared.platform.auth.needs import Needs
from shared.platform.http.openapi import dependencies_of
from shared.platform.http.parameters import KnownParameters

APPS: dict[str, FastAPI] = {service: unconnected_app(service) for service in SERVICES}
ROUTES = [
    pytest.param(service, route, method, id=f"{service} {method} {route.path}")
    for service, app in APPS.items()
    for route in app.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]


class Admits:
    """A good token for whatever the route needs."""

    def __init__(self, route: APIRoute) -> None:
        needs = next((call for call in dependencies_of(route.dependant) if isinstance(call, Needs)), Needs())
        self._caller = Caller(
            org=OrgId(new_id()),
            subject="li.wei",
            roles=frozenset(),
            scopes=needs.scopes,
            kind=min(needs.kinds),
            customer_ref="C-1",
            case_id=new_id(),
        )

    async def verify(self, _token: str) -> Caller:
        return self._caller


async def answered(app: FastAPI, route: APIRoute, method: str, query: str) -> dict[str, Any]:
    app.state.verifier = Admits(route)
    path = re.sub(r"{[^}]+}", new_id(), route.path)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://house") as client:
        response = await client.request(method, path, params=query, headers={"Authorization": "Bearer x"})
    body: dict[str, Any] = response.json()
    return {"status": response.status_code, "code": body["code"], "fields": body["fields"]}


@pytest.mark.parametrize(("service", "route", "method"), ROUTES)
async def test_an_unknown_parameter_is_refused_with_a_pointer_to_it(service: str, route: APIRoute, method: str) -> None:
    found = await answered(APPS[service], route, method, "order~/ref=SO-1")
    place = {"path": "/query/order~0~1ref", "code": "extra_forbidden"}
    assert found == {"status": 422, "code": "input_invalid", "fields": [place]}


@pytest.mark.parametrize(("service", "route", "method"), ROUTES)
async def test_a_parameter_that_is_no_list_comes_once(service: str, route: APIRoute, method: str) -> None:
    known = next(call for call in dependencies_of(route.dependant) if isinstance(call, KnownParameters))
    for name in sorted(known.names - known.lists):
        found = await answered(APPS[service], route, method, f"{name}=1&{name}=1")
        assert found == {
            "status": 422,
            "code": "input_invalid",
            "fields": [{"path": f"/query/{name}", "code": "repeated"}],
        }


def test_what_openapi_lists_is_what_is_taken() -> None:
    for app in APPS.values():
        document = app.openapi()
        for route in app.routes:
            if isinstance(route, APIRoute):
                known = next(call for call in dependencies_of(route.dependant) if isinstance(call, KnownParameters))
                for method in route.methods or ():
                    parameters = document["paths"][route.path_format][method.lower()].get("parameters", [])
                    assert {each["name"] for each in parameters if each["in"] == "query"} == known.names
