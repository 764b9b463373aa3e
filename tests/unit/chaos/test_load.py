"""Which event an accepted request causes, and about which case it is."""

from typing import Any

import pytest

from tests.chaos.suite.load import effect_of

CASE = "0190a000-0000-7000-8000-000000000001"
REMEDY = "0190a000-0000-7000-8000-000000000002"


@pytest.mark.parametrize(
    ("path", "body", "effect"),
    [
        ("/v1/cases", {"case_id": CASE}, ("case.registered", CASE)),
        (f"/v1/cases/{CASE}/steps/analyse", {}, ("step analyse", CASE)),
        (f"/v1/my/cases/{CASE}/steps/sign_agreement", {}, ("step sign_agreement", CASE)),
        (f"/v1/cases/{CASE}/evidence", {}, ("evidence.added", CASE)),
        (f"/v1/cases/{CASE}/remedies", {}, ("remedy.quoted", CASE)),
        (f"/v1/remedies/{REMEDY}/offer", {"case_id": CASE}, ("remedy.offered", CASE)),
        (f"/v1/my/cases/{CASE}/offers/{REMEDY}/accept", {}, ("remedy.accepted", CASE)),
        (f"/v1/remedies/{REMEDY}/approve", {"case_id": CASE}, ("remedy.approved", CASE)),
        (f"/v1/remedies/{REMEDY}/payout", {"case_id": CASE}, ("remedy.payout_requested", CASE)),
        ("/v1/policies", {}, None),
        (f"/v1/payouts/{REMEDY}/resolution", {}, None),
    ],
)
def test_the_effect_of_a_request(path: str, body: Any, effect: tuple[str, str] | None) -> None:
    assert effect_of(path, body) == effect
