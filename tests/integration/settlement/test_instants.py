"""`now` and `at` in settlement on a real PostgreSQL: gates read the action's instant, inputs that of the quote."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.settlement.conftest import Desk

DOES = {"offer": "wang", "accept": "buyer", "approve": "liu"}
LABEL = {"zh": "天数", "en": "Days"}
LATE = {"code": "too_late", "message": {"zh": "已过三十天", "en": "Later than thirty days"}, "cite": "X-5 Art.5"}
WITHIN = {"that": "daysBetween(facts.bought_on, at) <= 30 and now == at", **LATE}
AGE = {"id": "age", "label": LABEL, "type": "integer", "taken_from": "daysBetween(facts.bought_on, now)", "max": "40"}


async def publish(desk: Desk, *, inputs: tuple[dict[str, Any], ...] = (), **require: Any) -> None:
    """`money_compensation` with further inputs, and nothing required but what stands here."""
    base = (await desk.section())["remedies"]
    [remedy] = [each for each in base if each["id"] == "money_compensation"]
    await desk.publish(remedies=[{**remedy, "inputs": [*remedy["inputs"], *inputs], "require": require}])


async def test_a_gate_reads_the_day_of_the_action_in_the_zone_of_the_pack(desk: Desk) -> None:
    """Bought on 4 February: 6 March is the thirtieth day, until midnight in Shanghai, 16:00 in UTC."""
    await publish(desk, quote=[WITHIN], accept=[WITHIN])
    case_id = await desk.a_case(bought_on="2026-02-04")
    await desk.pass_time(timedelta(hours=13, minutes=59, seconds=59))  # from 10:00 in Shanghai
    quoted = await desk.quote(case_id, "money_compensation", agreed_amount="10.00")
    assert (await desk.act("wang", quoted, "offer")).status_code == 200

    await desk.pass_time(timedelta(seconds=1))

    refused = await desk.act("buyer", quoted, "accept")
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (409, "too_late", "X-5 Art.5")
    gates = (await desk.get(f"/v1/remedies/{quoted['remedy_id']}/explain"))["gates"]
    assert [(gate["action"], gate["holds"]) for gate in gates] == [("quote", False), ("accept", False)]


async def test_an_input_keeps_the_instant_of_the_quote_when_it_is_read_again(desk: Desk) -> None:
    """Quoted on the thirtieth day, offered, accepted and approved two days later; a new quote reads 32 days."""
    await publish(desk, inputs=(AGE,))
    case_id = await desk.a_case(bought_on="2026-02-04")
    quoted = await desk.quote(case_id, "money_compensation", agreed_amount="10.00")
    await desk.pass_time(timedelta(days=2))

    for who, action in (("wang", "offer"), ("buyer", "accept"), ("liu", "approve")):
        assert (await desk.act(who, quoted, action)).status_code == 200, action

    sheet = await desk.get(f"/v1/remedies/{quoted['remedy_id']}/explain")
    assert [(given["id"], given["value"], given["source"]) for given in sheet["inputs"]][-1] == ("age", "30", "case")
    assert sheet["reproduced"] is True
    other = await desk.quote(await desk.a_case(bought_on="2026-02-04"), "money_compensation", agreed_amount="10.00")
    inputs = (await desk.get(f"/v1/remedies/{other['remedy_id']}/explain"))["inputs"]
    assert inputs[-1]["value"] == "32"


@pytest.mark.parametrize(
    ("done", "who", "action"),
    [
        ((), "wang", "offer"),
        (("offer",), "buyer", "accept"),
        (("offer", "accept"), "liu", "approve"),
        (("offer", "accept", "approve"), "sun", "payout"),
    ],
)
async def test_what_is_taken_from_the_case_is_read_again_at_each_action(
    desk: Desk, done: tuple[str, ...], who: str, action: str
) -> None:
    """60 t at the quote and 55 t afterwards: what was not given by the caller is refused at the next action."""
    case_id = await desk.a_case()
    quoted = await desk.quote(case_id)
    for earlier in done:
        assert (await desk.act(DOES[earlier], quoted, earlier)).status_code == 200, earlier
    await desk.issue_notice(case_id, quoted["amount"]["minor"])
    await desk.advance(case_id, "weight.corrected", quantity_t="55")

    refused = await desk.act(who, quoted, action)

    assert (refused.status_code, refused.json()["code"]) == (409, "quote_changed"), refused.text
    fields = refused.json()["fields"]
    assert (fields["changed"], fields["quantity.was"], fields["quantity.now"]) == (["quantity"], "60", "55")
