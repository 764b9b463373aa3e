"""A payment that a restore has lost is asked about under its key by the next payout that it may be."""

from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, update

from services.settlement.ledger.store import ENTRY
from services.settlement.payouts.store.lost import LOST_PAYMENT
from services.settlement.payouts.store.payouts import PAYOUT
from services.settlement.remedies.store.tables import REMEDY
from shared.contracts.erp import PaymentRequest
from shared.kernel.ids import new_id
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import Desk


async def settle(desk: Desk) -> None:
    while await desk.pay():
        pass


async def paid_and_lost(desk: Desk) -> tuple[dict[str, Any], str]:
    """A remedy of which the ERP has the payment, and the database as it was when it was approved."""
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    [row] = await desk.rows(PAYOUT)
    desk.books.pay(PaymentRequest.model_validate_json(orjson.dumps(row.request)))
    async with transaction(desk.db) as tx:
        await tx.execute(delete(PAYOUT))
        await tx.execute(update(REMEDY).values(state="approved"))
    return remedy, row.payout_id


async def lose(desk: Desk, remedy: dict[str, Any], key: str, /, **changes: str) -> None:
    lost = {"case_id": remedy["case_id"], "remedy_id": remedy["remedy_id"], "remedy": remedy["remedy"], **changes}
    async with transaction(desk.db) as tx:
        await tx.execute(insert(LOST_PAYMENT).values(org_id=desk.org, payout_id=key, **lost))


@pytest.mark.parametrize("of_another", [False, True], ids=["its remedy is there", "its remedy is lost as well"])
async def test_the_erp_is_asked_and_pays_nothing_again(desk: Desk, *, of_another: bool) -> None:
    remedy, key = await paid_and_lost(desk)
    await lose(desk, remedy, key, **({"remedy_id": new_id()} if of_another else {}))
    await desk.act("sun", remedy, "payout")
    await settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.paid() == [2_100_000]
    assert [row.payout_id for row in await desk.rows(PAYOUT)] == [key]
    assert len(await desk.rows(ENTRY)) == 1
    assert await desk.rows(LOST_PAYMENT) == []


async def test_what_the_erp_does_not_know_is_paid_under_the_same_key(desk: Desk) -> None:
    remedy, key = await paid_and_lost(desk)
    desk.books.forget(desk.org, key)
    await lose(desk, remedy, key)
    await desk.act("sun", remedy, "payout")
    await settle(desk)
    assert await desk.state(remedy) == "executed"
    assert [(each.payment.payment_key, each.payment.amount_minor) for each in desk.books.of(desk.org)] == [
        (key, 2_100_000)
    ]


async def test_another_amount_than_was_paid_is_for_a_person(desk: Desk) -> None:
    remedy, key = await paid_and_lost(desk)
    booked = desk.booked()
    booked.payment = booked.payment.model_copy(update={"amount_minor": 2_000_000})
    await lose(desk, remedy, key)
    await desk.act("sun", remedy, "payout")
    await settle(desk)
    assert [row.state for row in await desk.rows(PAYOUT)] == ["quarantined"]
    assert desk.paid() == [2_000_000]


@pytest.mark.parametrize("changes", [{"remedy": "money_compensation"}, {"case_id": new_id()}], ids=["kind", "case"])
async def test_a_lost_payment_of_another_kind_or_case_is_left_alone(desk: Desk, changes: dict[str, str]) -> None:
    remedy, key = await paid_and_lost(desk)
    desk.books.forget(desk.org, key)
    await lose(desk, remedy, key, remedy_id=new_id(), **changes)
    await desk.act("sun", remedy, "payout")
    await settle(desk)
    assert await desk.state(remedy) == "executed"
    assert desk.booked().payment.payment_key != key
    assert [row.payout_id for row in await desk.rows(LOST_PAYMENT)] == [key]
