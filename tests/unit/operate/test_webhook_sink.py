import pytest
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from operate.sinks.faults import MOST_FAULTS
from operate.sinks.webhook import Fault, Receivers, create_app
from shared.kernel.clock import SystemClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def headers(body: str) -> dict[str, str]:
    now = SystemClock().now()
    return {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m1", now, body),
    }


def test_a_delivery_is_kept_and_its_signature_checked() -> None:
    sink = TestClient(create_app(Receivers()))
    sink.put("/secrets/erp-1", content=SECRET)

    assert sink.post("/hooks/erp-1", content='{"a":1}', headers=headers('{"a":1}')).status_code == 204
    assert sink.post("/hooks/erp-1", content='{"a":2}', headers=headers('{"a":1}')).status_code == 401

    kept = sink.get("/deliveries", params={"receiver": "erp-1"}).json()["deliveries"]
    assert [(each["body"], each["verified"]) for each in kept] == [('{"a":1}', True), ('{"a":2}', False)]


def test_receivers_do_not_see_each_other_and_only_what_is_new_is_listed() -> None:
    sink = TestClient(create_app(Receivers()))
    for receiver in ("one", "two", "one"):
        sink.post(f"/hooks/{receiver}", content="{}")

    assert [each["number"] for each in sink.get("/deliveries?receiver=one").json()["deliveries"]] == [1, 3]
    assert [each["number"] for each in sink.get("/deliveries?receiver=one&after=1").json()["deliveries"]] == [3]


def test_a_fault_answers_the_next_deliveries() -> None:
    sink = TestClient(create_app(Receivers()))
    sink.post("/faults", json={"receiver": "one", "times": 2, "status": 503})

    answers = [sink.post("/hooks/one", content="{}").status_code for _ in range(3)]

    assert answers == [503, 503, 204]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"receiver": "one"}',
        '{"receiver": "one", "times": -1}',
        '{"receiver": "one", "times": 1, "status": 99}',
    ],
)
def test_a_fault_that_is_none_is_refused(body: str) -> None:
    sink = TestClient(create_app(Receivers()))
    assert sink.post("/faults", content=body).status_code == 422


def test_faults_are_bounded() -> None:
    receivers = Receivers()
    for number in range(MOST_FAULTS + 1):
        receivers.faults[f"r{number}"] = Fault(times=1, status=500)
    assert (len(receivers.faults), "r0" in receivers.faults) == (MOST_FAULTS, False)
