"""The ERP simulator: the faults that a scenario orders, and the routes beside the contract.

That it keeps the contract itself is shown by tests/integration/operate/test_erp_check.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from operate.sinks.erp import create_app
from operate.sinks.ledger import Ledger
from shared.kernel.ids import new_id
from tests.support.erp import TOKEN
from tests.support.payment_request import payment_request

ORG = new_id()


def headers(key: str, token: str = TOKEN) -> dict[str, str]:
    return {"Idempotency-Key": key, "Authorization": f"Bearer {token}"}


@pytest.fixture
def erp() -> Iterator[TestClient]:
    with TestClient(create_app(Ledger())) as client:
        client.put(f"/credentials/{ORG}", json={"scheme": "bearer", "secret": TOKEN})
        yield client


def pay(erp: TestClient, key: str, **changes: Any) -> Response:
    return erp.post("/v1/payments", json=payment_request(key, **{"organisation": ORG, **changes}), headers=headers(key))


@pytest.mark.parametrize(
    ("kind", "status", "is_booked"), [("error", 500, False), ("refuse", 422, False), ("pending", 202, True)]
)
def test_a_fault_hits_the_next_requests_of_its_organisation_only(
    erp: TestClient, kind: str, status: int, *, is_booked: bool
) -> None:
    other, token, key = new_id(), "another-token-0000001", new_id()
    erp.put(f"/credentials/{other}", json={"scheme": "bearer", "secret": token})
    erp.post("/faults", json={"organisation": ORG, "kind": kind, "times": 1})

    foreign = erp.post("/v1/payments", json=payment_request(key, organisation=other), headers=headers(key, token))
    assert foreign.status_code == 200
    assert pay(erp, key).status_code == status
    assert len(erp.get("/payments", params={"organisation": ORG}).json()["payments"]) == is_booked
    assert pay(erp, new_id()).status_code == 200


def test_two_organisations_may_use_the_same_key_and_see_their_own(erp: TestClient) -> None:
    other, token, key = new_id(), "another-token-0000001", new_id()
    erp.put(f"/credentials/{other}", json={"scheme": "bearer", "secret": token})
    mine = pay(erp, key)
    theirs = erp.post("/v1/payments", json=payment_request(key, organisation=other), headers=headers(key, token))
    assert mine.json()["reference"] != theirs.json()["reference"]
    assert erp.get(f"/v1/payments/{key}", headers=headers(key, token)).json() == theirs.json()


def test_the_credentials_of_another_organisation_prove_nothing(erp: TestClient) -> None:
    key = new_id()
    assert pay(erp, key, organisation=new_id()).status_code == 401
    assert erp.get("/payments").json() == {"payments": []}


def test_a_number_that_cannot_be_kept(erp: TestClient) -> None:
    erp.post("/faults", json={"organisation": "*", "kind": "nul", "times": 1})
    assert pay(erp, new_id()).json()["reference"] == "pay\x001"


def test_the_newest_payment_can_be_changed(erp: TestClient) -> None:
    first, second = new_id(), new_id()
    pay(erp, first)
    pay(erp, second)
    change = {"organisation": ORG, "status": "reversed", "code": "closed", "text": "returned"}
    assert erp.post("/changes", json=change).status_code == 204
    shown = [erp.get(f"/v1/payments/{key}", headers=headers(key)).json() for key in (first, second)]
    assert [each["status"] for each in shown] == ["paid", "reversed"]
    assert (shown[1]["code"], shown[1]["text"]) == ("closed", "returned")
    assert erp.post("/changes", json=change | {"organisation": new_id()}).status_code == 404


@pytest.mark.parametrize(
    "legs", [[], [{"part": "net", "amount_minor": 1}], [{"part": "gross", "amount_minor": 2_100_001}]]
)
def test_legs_that_do_not_sum_to_the_amount_are_refused(erp: TestClient, legs: list[dict[str, Any]]) -> None:
    assert pay(erp, new_id(), legs=legs).status_code == 400


@pytest.mark.parametrize("body", [{"kind": "explode", "times": 1}, {"kind": "error"}, {}])
def test_an_unknown_fault_is_refused(erp: TestClient, body: dict[str, Any]) -> None:
    assert erp.post("/faults", json=body).status_code == 422


@pytest.mark.parametrize("body", ["", "[]", "{", "1"])
def test_what_is_no_request_is_refused(erp: TestClient, body: str) -> None:
    key = new_id()
    assert erp.post("/v1/payments", content=body, headers=headers(key)).status_code == 400


def test_credentials_that_are_none_are_refused(erp: TestClient) -> None:
    assert erp.put(f"/credentials/{ORG}", json={"token": "x"}).status_code == 422
