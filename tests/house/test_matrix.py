"""Every operation stands in the matrix of who may call what, and what no data decides is tried here.

Own and foreign things are told apart in tests/e2e/test_tenant_wall.py and in the tests of each service. `pytest -s`
prints the size.
"""

import re
from collections import Counter
from typing import Any, Final

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from shared.kernel.ids import OrgId, new_id
from shared.platform.auth.caller import Caller
from shared.platform.auth.needs import Needs
from shared.platform.http.openapi import dependencies_of
from tests.support.matrix import CELLS, ROWS, About, Answer, Cell, Principal, Whose, rows_of

APPS: Final[dict[str, FastAPI]] = {service: unconnected_app(service) for service in ROWS}
ORG: Final = OrgId(new_id())
OF_CUSTOMERS: Final = {About.OWN_THING, About.OWN_LIST}


def operations(app: FastAPI) -> dict[str, Any]:
    """Every route of `app` by method and path, those without a token included."""
    routes: list[Any] = list(app.routes)
    return {
        f"{method} {route.path}": route
        for route in routes
        for method in sorted((route.methods or {"GET"}) - {"HEAD", "OPTIONS"})
    }


@pytest.mark.parametrize("service", ROWS)
def test_each_operation_has_a_row_and_each_row_an_operation(service: str) -> None:
    assert set(operations(APPS[service])) == set(rows_of(service))


@pytest.mark.parametrize("service", ROWS)
def test_scope_and_kinds_of_each_operation_are_those_of_its_row(service: str) -> None:
    routes = operations(APPS[service])
    for operation, row in rows_of(service).items():
        found = routes[operation]
        needs = [call for call in dependencies_of(found.dependant) if isinstance(call, Needs)] if _is_api(found) else []
        if row.about in (About.OPERATIONS, About.ERP):
            assert needs == [], operation
            continue
        [need] = needs
        admitted = {"customer", "link"} if row.about in OF_CUSTOMERS else {"staff", "machine"}
        assert set(need.scopes) == {row.scope}, operation
        assert {kind.value for kind in need.kinds} == admitted, operation


def _is_api(route: object) -> bool:
    return isinstance(route, APIRoute)


class Bearing:
    """A good token of a principal with every scope: nothing but what it is stands in its way."""

    def __init__(self, principal: Principal) -> None:
        scopes = frozenset(row.scope for service in ROWS for row in rows_of(service).values())
        self._caller = Caller(
            org=ORG,
            subject="someone",
            roles=frozenset({"root"}),
            scopes=scopes,
            kind=principal.kind,
            client="erp" if principal is Principal.MACHINE_FOR_A_PERSON else None,
            customer_ref="C-1" if principal is Principal.CUSTOMER else None,
            case_id=new_id() if principal is Principal.LINK else None,
        )

    async def verify(self, _token: str) -> Caller:
        return self._caller


class Holding:
    """Every link holds."""

    async def require_live(self, _request: object, _caller: Caller) -> None: ...


async def answered(cell: Cell) -> httpx2.Response:
    app = APPS[cell.service]
    app.state.verifier = Bearing(cell.principal)
    app.state.links = Holding()
    path = re.sub(r"{[^}]+}", new_id(), cell.path)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://house") as client:
        return await client.request(cell.method, path, params="no_such=1", headers={"Authorization": "Bearer x"})


CLOSED: Final = [cell for cell in CELLS if cell.answer is Answer.NOT_ADMITTED]
ADMITTED: Final = [cell for cell in CELLS if cell.answer in (Answer.SERVED, Answer.OWN_ONLY, Answer.ABSENT)]


@pytest.mark.parametrize("service", ROWS)
@pytest.mark.parametrize("principal", Principal)
async def test_what_is_closed_to_a_principal_is_closed_whosever_the_thing_is(
    service: str, principal: Principal
) -> None:
    wrong = {}
    for cell in CLOSED:
        if (cell.service, cell.principal) == (service, principal):
            answer = await answered(cell)
            if (answer.status_code, answer.json()["code"]) != (403, "principal_not_admitted"):
                wrong[cell.id] = answer.status_code, answer.text
    assert wrong == {}


@pytest.mark.parametrize("service", ROWS)
@pytest.mark.parametrize("principal", Principal)
async def test_who_is_admitted_comes_to_what_follows_the_token(service: str, principal: Principal) -> None:
    """An unknown query parameter is refused after the token is looked at, and before the body and the data are."""
    wrong = {}
    for cell in ADMITTED:
        if (cell.service, cell.principal) == (service, principal):
            answer = await answered(cell)
            if (answer.status_code, answer.json()["code"]) != (422, "input_invalid"):
                wrong[cell.id] = answer.status_code, answer.text
    assert wrong == {}


@pytest.mark.parametrize("principal", Principal)
async def test_no_token_helps_where_an_erp_proves_itself(principal: Principal) -> None:
    for cell in CELLS:
        if (cell.answer, cell.principal) == (Answer.NO_TOKEN_HELPS, principal):
            needs = operations(APPS[cell.service])[cell.operation].dependant
            assert [call for call in dependencies_of(needs) if isinstance(call, Needs)] == [], cell.id


def test_every_list_is_closed_to_customers_and_bearers_of_links() -> None:
    for cell in CELLS:
        if cell.row.about is About.LIST and cell.principal in (Principal.CUSTOMER, Principal.LINK):
            assert cell.answer is Answer.NOT_ADMITTED, cell.id


def test_the_size_of_the_matrix() -> None:
    rows = sum(len(rows_of(service)) for service in ROWS)
    counts = Counter(cell.answer for cell in CELLS)
    print(f"\nmatrix: {rows} operations x {len(Principal)} principals x {len(Whose)} owners = {len(CELLS)} cells")
    for answer, count in sorted(counts.items()):
        print(f"  {count:5} {answer}")
    assert len(CELLS) == rows * len(Principal) * len(Whose)
