"""A remedy in yen under an approval table whose limits are in yuan, over HTTP and PostgreSQL."""

from tests.integration.settlement.conftest import Desk

PRICES = {"contract_price": "4200", "downgraded_price": "4195", "quantity": "60", "customer_consent": True}


async def test_300_yen_are_no_amount_below_10000_yuan(desk: Desk) -> None:
    yuan = await desk.quote(await desk.a_case(), "price_difference", **PRICES)
    assert (yuan["amount"]["text"], yuan["missing_approvals"]) == ("300.00", ["unit_leader"])
    yen = await desk.accepted(await desk.a_case(), "difference_in_yen", **PRICES)
    assert yen["amount"] == {"minor": 300, "currency": "JPY", "text": "300"}
    assert yen["missing_approvals"] == ["unit_leader", "centre_leader"]
    first = await desk.act("ma", yen, "approve")
    assert (first.json()["state"], first.json()["missing_approvals"]) == ("accepted", ["centre_leader"])
    assert (await desk.act("liu", yen, "approve")).json()["state"] == "approved"


async def test_an_amount_of_yen_has_no_decimals(desk: Desk) -> None:
    prices = {**PRICES, "contract_price": "4200.50"}
    body = {"remedy": "difference_in_yen", "inputs": prices}
    refused = await desk.post("wang", f"/v1/cases/{await desk.a_case()}/remedies", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "inputs_invalid")
    assert refused.json()["fields"] == {"contract_price": "too_many_decimals"}


async def test_the_same_number_in_another_currency_is_not_paid(desk: Desk) -> None:
    yen = await desk.accepted(await desk.a_case(), "difference_in_yen", **PRICES)
    for who in ("ma", "liu"):
        await desk.act(who, yen, "approve")
    await desk.issue_notice(yen["case_id"], 300)
    refused = await desk.act("sun", yen, "payout", amount={"minor": 300, "currency": "CNY"})
    assert (refused.status_code, refused.json()["code"]) == (409, "amount_differs_from_notice")
    paid = await desk.act("sun", yen, "payout", amount={"minor": 300, "currency": "JPY"})
    assert paid.status_code == 202
