"""The cells of the matrix that data decide, over HTTP with signed tokens: own, another customer's, another organisation's.

Writes of staff to own things change the story that other tests read: that each is admitted is in
tests/house/test_matrix.py, and what rules then say in the tests of each service.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import pytest

from operate.scenarios.session import TokenRequest
from shared.kernel.ids import new_id
from tests.e2e.routes import ROUTES, UUID, Route, good, status_of_reading
from tests.e2e.story import CUSTOMER, PAPER, ROLES, Story
from tests.support.matrix import CELLS, About, Answer, Cell, Principal, Whose

SCOPES: Final = " ".join(sorted({cell.row.scope for cell in CELLS} - {""}))
OF_STAFF: Final = (Principal.STAFF, Principal.MACHINE_FOR_A_PERSON, Principal.MACHINE)
BY_ID: Final = {route.id: route for route in ROUTES}
"""The story's case is neither archived nor purged, and its pack issues no links."""
FOREIGN_CUSTOMER: Final = "C-78"


def token(story: Story, principal: Principal, org: str, *, customer_ref: str = "") -> str:
    """A signed token with every scope, and of staff with every role."""
    machine = {Principal.MACHINE_FOR_A_PERSON: "erp", Principal.MACHINE: "everyman"}.get(principal, "")
    roles = () if customer_ref else ROLES
    request = TokenRequest(
        organisation=org, subject="everyman", roles=roles, scope=SCOPES, customer_ref=customer_ref, machine=machine
    )
    return story.session.token(request)


async def called(story: Story, route: Route, bearer: str, ids: Mapping[str, str]) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {bearer}"}
    return await story.send(route.service, route.method, route.asked(ids), org="", headers=headers, **good(route, ids))


def cells_of(principal: Principal, about: About, whose: Whose) -> list[Cell]:
    return [cell for cell in CELLS if (cell.principal, cell.row.about, cell.whose) == (principal, about, whose)]


def route_of(cell: Cell) -> Route:
    return BY_ID[f"{cell.service} {cell.operation}"]


@pytest.mark.parametrize("principal", OF_STAFF)
async def test_staff_and_machines_read_what_is_their_organisations(story: Story, principal: Principal) -> None:
    bearer = token(story, principal, story.session.organisation)
    cells = [*cells_of(principal, About.THING, Whose.OWN), *cells_of(principal, About.LIST, Whose.OWN)]
    wrong = {}
    for cell in cells:
        if cell.method == "GET":
            answer = await called(story, route_of(cell), bearer, story.ids)
            if answer.status_code != status_of_reading(cell.path):
                wrong[cell.id] = answer.status_code, answer.text
    assert not wrong, wrong


@pytest.mark.parametrize("principal", OF_STAFF)
async def test_things_of_another_organisation_are_absent(story: Story, principal: Principal) -> None:
    bearer = token(story, principal, story.stranger)
    wrong = {}
    for cell in cells_of(principal, About.THING, Whose.FOREIGN_ORGANISATION):
        assert cell.answer is Answer.ABSENT
        answer = await called(story, route_of(cell), bearer, story.ids)
        young = cell.service != "intake" and "{case_id}" in cell.path and answer.status_code == 409
        if answer.status_code != 404 and not (young and answer.json()["code"] == "not_caught_up"):
            wrong[cell.id] = answer.status_code, answer.text
    assert not wrong, wrong


@pytest.mark.parametrize("principal", OF_STAFF)
async def test_lists_hold_nothing_of_another_organisation(story: Story, principal: Principal) -> None:
    own, foreign = (token(story, principal, org) for org in (story.session.organisation, story.stranger))
    wrong = {}
    for cell in cells_of(principal, About.LIST, Whose.FOREIGN_ORGANISATION):
        route = route_of(cell)
        ours, theirs = await asyncio.gather(*(called(story, route, each, story.ids) for each in (own, foreign)))
        shared = set(UUID.findall(ours.text)) & set(UUID.findall(theirs.text)) - {ours.headers.get("x-request-id")}
        if theirs.status_code != ours.status_code or shared:
            wrong[cell.id] = theirs.status_code, shared
    assert not wrong, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A customer's things: an open case with a file, and a case whose remedy was offered and paid."""

    open: Mapping[str, str]
    paid: Mapping[str, str]
    paid_customer: str

    def ids(self, cell: Cell) -> Mapping[str, str]:
        return self.paid if "/offers/" in cell.path else self.open

    def customer(self, cell: Cell) -> str:
        return self.paid_customer if "/offers/" in cell.path else CUSTOMER["ref"]


@pytest.fixture(scope="module")
async def mine(story: Story) -> Mine:
    own = token(story, Principal.CUSTOMER, story.session.organisation, customer_ref=CUSTOMER["ref"])
    path = f"/v1/my/cases/{story.ids['case_id']}/evidence"
    filed = await story.send("intake", "POST", path, org="", headers={"Authorization": f"Bearer {own}"}, **PAPER)
    assert filed.status_code in {200, 201}, filed.text
    executed = (await story.get("settlement", "/v1/payouts?state=executed"))["items"]
    [payout] = [each for each in executed if each["payout_id"] == story.ids["payout_id"]]
    remedy = await story.get("settlement", f"/v1/remedies/{payout['remedy_id']}")
    case = await story.get("intake", f"/v1/cases/{remedy['case_id']}")
    return Mine(
        open=story.ids | {"evidence_id": filed.json()["evidence_id"], "step": "sign_agreement"},
        paid=story.ids
        | {"case_id": remedy["case_id"], "remedy_id": remedy["remedy_id"], "quote_hash": remedy["quote_hash"]},
        paid_customer=case["customer_ref"],
    )


def body(cell: Cell, ids: Mapping[str, str]) -> dict[str, Any]:
    """A payload with nothing wrong in it."""
    if cell.method == "GET":
        return {}
    if cell.path.endswith("/evidence"):
        return PAPER
    last = cell.path.rpartition("/")[2]
    hashed = {"quote_hash": ids["quote_hash"]}
    return {"json": {"accept": hashed, "reject": {"final": False, "reason": "偏低"}}.get(last, {"input": {}})}


async def as_customer(story: Story, cell: Cell, ids: Mapping[str, str], *, org: str, ref: str) -> tuple[int, str]:
    bearer = token(story, Principal.CUSTOMER, org, customer_ref=ref)
    answer = await story.send(
        cell.service,
        cell.method,
        cell.path.format(**ids),
        org="",
        headers={"Authorization": f"Bearer {bearer}", "Idempotency-Key": new_id()},
        **body(cell, ids),
    )
    is_refusal = answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_refusal else ""


async def test_customers_come_to_their_own_cases(story: Story, mine: Mine) -> None:
    """A rule may refuse; no wall does."""
    wrong = {}
    for cell in cells_of(Principal.CUSTOMER, About.OWN_THING, Whose.OWN):
        ids = mine.ids(cell)
        status, code = await as_customer(story, cell, ids, org=story.session.organisation, ref=mine.customer(cell))
        if status in {401, 403, 404} or status >= 500 or (cell.method == "GET" and status != 200):
            wrong[cell.id] = status, code
    assert not wrong, wrong


@pytest.mark.parametrize("whose", [Whose.FOREIGN_CUSTOMER, Whose.FOREIGN_ORGANISATION])
async def test_customers_come_to_no_other_case(story: Story, mine: Mine, whose: Whose) -> None:
    wrong = {}
    for cell in cells_of(Principal.CUSTOMER, About.OWN_THING, whose):
        assert cell.answer is Answer.ABSENT
        is_foreign = whose is Whose.FOREIGN_ORGANISATION
        org = story.stranger if is_foreign else story.session.organisation
        ref = mine.customer(cell) if is_foreign else FOREIGN_CUSTOMER
        status, code = await as_customer(story, cell, mine.ids(cell), org=org, ref=ref)
        young = is_foreign and cell.service != "intake" and (status, code) == (409, "not_caught_up")
        if status != 404 and not young:
            wrong[cell.id] = status, code
    assert not wrong, wrong


async def test_the_list_of_a_customer_holds_own_cases_only(story: Story, mine: Mine) -> None:
    case_id = mine.open["case_id"]
    for org, ref, is_listed in (
        (story.session.organisation, CUSTOMER["ref"], True),
        (story.session.organisation, FOREIGN_CUSTOMER, False),
        (story.stranger, CUSTOMER["ref"], False),
    ):
        bearer = token(story, Principal.CUSTOMER, org, customer_ref=ref)
        assert (case_id in await listed(story, bearer)) is is_listed


async def listed(story: Story, bearer: str) -> list[str]:
    """The ids of all cases that "my cases" tells, of every page: other tests register cases of the same customer."""
    headers = {"Authorization": f"Bearer {bearer}"}
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        path = "/v1/my/cases?limit=2" + (f"&after={cursor}" if cursor else "")
        page = await story.send("intake", "GET", path, org="", headers=headers)
        assert page.status_code == 200
        ids += [item["case_id"] for item in page.json()["items"]]
        cursor = page.json()["next"]
    return ids
