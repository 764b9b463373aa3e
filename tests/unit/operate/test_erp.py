from collections.abc import Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from operate.sinks.erp import create_app
from operate.sinks.ledger import Ledger

PAYMENT = {"organisation": "org-1", "amount_minor": 2_100_000, "currency": "CNY", "payee": "C-7"}


@pytest.fixture
def erp() -> Iterator[TestClient]:
    with TestClient(create_app(Ledger())) as client:
        yield client


def pay(erp: TestClient, key: str, **changes: object) -> Response:
    return erp.post("/v1/payments", json={**PAYMENT, **changes}, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_pay_once_and_get_the_same_answer(erp: TestClient) -> None:
    first, second = pay(erp, "k1"), pay(erp, "k1")

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(erp.get("/v1/payments", params={"organisation": "org-1"}).json()["payments"]) == 1


def test_the_same_key_with_another_body_is_refused(erp: TestClient) -> None:
    pay(erp, "k1")

    answer = pay(erp, "k1", amount_minor=2_100_001)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_the_order_of_fields_does_not_make_another_body(erp: TestClient) -> None:
    first = pay(erp, "k1")
    second = erp.post("/v1/payments", json=dict(reversed(PAYMENT.items())), headers={"Idempotency-Key": "k1"})

    assert second.json() == first.json()


def test_two_organisations_may_use_the_same_key(erp: TestClient) -> None:
    one, two = pay(erp, "k1"), pay(erp, "k1", organisation="org-2")

    assert one.json()["payment_id"] != two.json()["payment_id"]
    assert erp.get("/v1/payments/k1", params={"organisation": "org-2"}).json() == two.json()


def test_a_key_is_required(erp: TestClient) -> None:
    assert erp.post("/v1/payments", json=PAYMENT).status_code == 400


@pytest.mark.parametrize(("kind", "status"), [("error", 500), ("refuse", 402)])
def test_a_fault_hits_the_next_calls_of_its_organisation_only_and_charges_nothing(
    erp: TestClient, kind: str, status: int
) -> None:
    erp.post("/faults", json={"organisation": "org-1", "kind": kind, "times": 1})

    assert pay(erp, "other", organisation="org-2").status_code == 201
    assert pay(erp, "k1").status_code == status
    assert erp.get("/v1/payments/k1").status_code == 404
    assert pay(erp, "k1").status_code == 201


def test_an_unknown_fault_is_refused(erp: TestClient) -> None:
    assert erp.post("/faults", json={"kind": "explode", "times": 1}).status_code == 422


@pytest.mark.parametrize("body", ["", "[]", "{", "1"])
def test_what_is_not_an_object_is_refused(erp: TestClient, body: str) -> None:
    answer = erp.post("/v1/payments", content=body, headers={"Idempotency-Key": "k1"})

    assert answer.status_code == 422
