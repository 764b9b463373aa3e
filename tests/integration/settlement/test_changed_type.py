"""A case that becomes one of another type: its copy follows, and approvals are asked of the table for its type."""

from shared.kernel.ids import new_id
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.test_batches import advanced, copy_of, processor, record, registered


async def test_the_copy_has_the_type_of_the_latest_step(desk: Desk) -> None:
    case_id = new_id()
    became = advanced(case_id, "claim.raised", tonnes="2").model_copy(
        update={"case_type": "claim", "previous_case_type": "quality_objection"}
    )
    told = [registered(case_id), became]
    await processor(desk).process([record(desk, data, version) for version, data in enumerate(told, 1)])

    assert (await copy_of(desk, case_id))["case_type"] == "claim"


async def test_an_approval_is_asked_of_the_table_for_the_type_that_the_case_has_then(desk: Desk) -> None:
    """Intake refuses to change the type of a case with an accepted remedy; what is accepted meanwhile is approved so."""
    case_id = await desk.a_case()
    accepted = await desk.accepted(case_id, "money_compensation", agreed_amount="10000.00")
    assert accepted["missing_approvals"] == ["unit_leader"]

    await desk.advance(case_id, "claim.raised", case_type="claim")
    shown = await desk.get(f"/v1/remedies/{accepted['remedy_id']}")
    assert shown["missing_approvals"] == ["chairman"]
    refused = await desk.act("liu", accepted, "approve")
    assert (refused.status_code, (await desk.state(accepted))) == (403, "accepted")
