"""A purged case leaves neither customer nor order in settlement; what was paid and booked stays."""

from datetime import timedelta

from services.settlement.ledger.store import POSTING
from tests.integration.settlement.conftest import Desk
from tests.support.canary import CANARY, tables_with_canary
from tests.support.event_samples import an_event


async def a_payment(desk: Desk) -> tuple[str, str]:
    """The case and the remedy of a payment to the marked customer for the marked order."""
    case_id = await desk.a_case(customer=f"{CANARY}-ref", order=f"{CANARY}-order")
    remedy = await desk.payable(case_id=case_id)
    assert (await desk.act("sun", remedy, "payout")).status_code == 202
    return case_id, remedy["remedy_id"]


async def test_a_purge_erases_the_customer_and_keeps_what_was_booked(desk: Desk) -> None:
    case_id, remedy_id = await a_payment(desk)
    while await desk.pay():
        pass
    assert set(await tables_with_canary(desk.db, "settlement")) == {"case_view", "outbox", "payout"}
    booked = await desk.rows(POSTING)

    await desk.tell(an_event("case.purged", case_id))

    assert await tables_with_canary(desk.db, "settlement") == []
    assert await desk.rows(POSTING) == booked
    assert (await desk.get(f"/v1/remedies/{remedy_id}/explain"))["payout"]["state"] == "executed"


async def test_a_payment_that_is_still_asked_for_keeps_the_body_that_was_sent(desk: Desk) -> None:
    """The body under a payment key never changes (docs/api/erp.json)."""
    desk.fault("error")
    case_id, remedy_id = await a_payment(desk)
    await desk.pay()
    await desk.tell(an_event("case.purged", case_id))
    assert await tables_with_canary(desk.db, "settlement") == ["payout"]

    await desk.pass_time(timedelta(days=1))
    while await desk.pay():
        pass
    assert desk.paid() == [2_100_000]
    assert (await desk.get(f"/v1/remedies/{remedy_id}"))["state"] == "executed"
