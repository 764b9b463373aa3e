"""An exception to four eyes: who may approve what they handled themselves, up to which amount, and what is kept of it."""

from typing import Any

from services.settlement.approvals.metrics import OWN_APPROVALS
from tests.integration.settlement.conftest import ROLES, Desk

SPOT = {"roles": ["objection_team"], "up_to": "150.00", "currency": "CNY", "cite": "X-9 Art.9"}
ROWS = [{"up_to": None, "roles": ["objection_team"], "cite": "X-1 Art.1"}]


async def handled(desk: Desk, amount: str) -> dict[str, Any]:
    """A remedy of that amount, quoted and offered by wang of the objection team, and accepted."""
    return await desk.accepted(await desk.a_case(), "money_compensation", agreed_amount=amount)


def used() -> float:
    return OWN_APPROVALS._value.get()  # type: ignore[no-any-return]


async def test_up_to_the_amount_the_person_on_the_spot_approves_and_it_is_kept(desk: Desk) -> None:
    assert "objection_team" in ROLES["wang"]
    await desk.publish(approval=ROWS, own_approval=[SPOT])
    remedy, before = await handled(desk, "150.00"), used()

    approved = (await desk.act("wang", remedy, "approve")).json()

    exempt = {"up_to": "150", "currency": "CNY", "cite": "X-9 Art.9"}
    assert (approved["state"], approved["own_approvals"]) == ("approved", 1)
    assert approved["approvals"][0]["exempt"] == exempt
    sheet = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert sheet["approval"]["roles"] == [{"role": "objection_team", "given_by": "wang", "exempt": exempt}]
    assert used() == before + 1


async def test_one_fen_above_the_amount_four_eyes_hold(desk: Desk) -> None:
    await desk.publish(approval=ROWS, own_approval=[SPOT])
    remedy, before = await handled(desk, "150.01"), used()

    refused = await desk.act("wang", remedy, "approve")

    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (403, "four_eyes", "X-1 Art.1")
    assert await desk.state(remedy) == "accepted"
    assert used() == before


async def test_without_an_exception_four_eyes_hold(desk: Desk) -> None:
    await desk.publish(approval=ROWS)
    refused = await desk.act("wang", await handled(desk, "150.00"), "approve")
    assert refused.json()["code"] == "four_eyes"


async def test_what_was_approved_under_an_exception_is_paid(desk: Desk) -> None:
    """The payout asks whether an approver had touched the case; the exception has answered that."""
    await desk.publish(approval=ROWS, own_approval=[SPOT])
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id, "money_compensation", agreed_amount="150.00")
    assert (await desk.act("wang", remedy, "approve")).json()["state"] == "approved"
    certificate = {"certificate": "tax_return_allowance_certificate", "reference": "税 1"}
    assert (await desk.act("sun", remedy, "certificate", **certificate)).status_code == 200
    await desk.issue_notice(case_id, 15000)

    paid = await desk.act("sun", remedy, "payout")

    assert (paid.status_code, paid.json()["state"]) == (202, "payout_requested"), paid.text


async def test_the_role_of_an_exception_may_be_one_that_approves_instead(desk: Desk) -> None:
    """Two leaders approve, or the team instead: who handled the case approves as the team, alone, up to the amount."""
    row = {"up_to": None, "roles": ["unit_leader", "centre_leader"], "instead": ["objection_team"], "cite": "X-1 Art.1"}
    await desk.publish(approval=[row], own_approval=[SPOT])

    approved = (await desk.act("wang", await handled(desk, "150.00"), "approve")).json()

    assert (approved["state"], approved["missing_approvals"]) == ("approved", [])
    [approval] = approved["approvals"]
    assert (approval["role"], approval["subject"], approval["exempt"]["cite"]) == (
        "objection_team",
        "wang",
        "X-9 Art.9",
    )
    refused = await desk.act("wang", await handled(desk, "150.01"), "approve")
    assert refused.json()["code"] == "four_eyes"
