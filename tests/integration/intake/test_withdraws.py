"""Steps that withdraw remedies on a real PostgreSQL: what is published, kept in the history, and seen by the customer."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.contracts import settlement
from shared.contracts.envelope import TextV1
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.test_journey import a_remedy
from tests.integration.intake.timed_desk import Desk
from tests.support.packs import INTAKE, REFUND, SLIP, documents

STEPS = """\
  - id: correct
    label: {zh: 更正, en: Correct}
    cite: X-7 Art.7
    from: [open]
    roles: [clerk]
    input: [{id: tonnes, label: {zh: 吨, en: Tonnes}, type: decimal, required: true}]
    set: {tonnes: input.tonnes}
    withdraws:
      - {remedies: [refund], when: number(facts.tonnes) < 50, label: {zh: 重量已更正, en: The weight was corrected}, cite: X-8 Art.8}
  - id: newer
    label: {zh: 以新为准, en: A newer quote counts}
    cite: X-9 Art.9
    from: open
    roles: [leader]
    withdraws: [{remedies: all, label: {zh: 已有新方案, en: There is a newer quote}, cite: X-9 Art.9}]
    on: [{event: remedy.quoted}]
"""
CORRECTED = {
    "remedies": ["refund"],
    "label": {"zh": "重量已更正", "en": "The weight was corrected"},
    "cite": "X-8 Art.8",
}


@pytest.fixture
async def shop(intake: Intake, tmp_path: Path) -> Desk:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Shop", simulated_now=START)
    shop = Desk(Intake(intake.app, intake.db, intake.client, org, intake.foreign))
    await shop.publish(documents(tmp_path, intake=INTAKE + STEPS + SLIP, settlement=REFUND))
    return shop


async def said(shop: Desk) -> list[Any]:
    """What the steps of the organisation said of remedies, oldest first."""
    rows = [each for each in await shop.intake.events("case.advanced.v1") if str(each.org_id) == shop.intake.org]
    return [orjson.loads(each.payload)["withdraws"] for each in rows]


async def correct(shop: Desk, case: dict[str, Any], tonnes: str) -> dict[str, Any]:
    path = f"/v1/cases/{case['case_id']}/steps/correct"
    answer = await shop.call("POST", path, {"input": {"tonnes": tonnes}})
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def test_a_step_says_what_it_ends_in_its_answer_its_event_and_its_history(shop: Desk) -> None:
    case = await shop.register(case_type="complaint")
    taken = await correct(shop, case, "49.9")

    reason = CORRECTED["label"]
    shown = {"remedies": ["refund"], "reason": reason, "cite": "X-8 Art.8"}
    assert taken["withdraws"] == [shown]
    assert await said(shop) == [[CORRECTED | {"earlier_than": None}]]
    timeline = (await shop.call("GET", f"/v1/cases/{case['case_id']}/timeline")).json()["items"]
    [line] = [each for each in timeline if each["what"] == "correct"]
    assert line["details"]["withdraws"] == [shown]


async def test_a_row_whose_condition_does_not_hold_is_not_said(shop: Desk) -> None:
    case = await shop.register(case_type="complaint")
    assert (await correct(shop, case, "50"))["withdraws"] == []
    assert await said(shop) == [[]]


async def test_the_system_withdraws_those_before_the_remedy_that_it_heard_of(shop: Desk) -> None:
    case = await shop.register(case_type="complaint")
    newer = new_id()
    facts = a_remedy(case["case_id"], newer) | {"remedy": "refund"}
    await shop.intake.hear(settlement.RemedyQuotedV1(**facts, expires_at=START), thing=newer)

    [[row]] = await said(shop)
    assert (row["remedies"], row["earlier_than"], row["cite"]) == (None, newer, "X-9 Art.9")


async def test_the_case_shows_what_became_of_the_remedies(shop: Desk) -> None:
    case = await shop.register(case_type="complaint")
    ended, kept = new_id(), new_id()
    told = {
        "step": "correct",
        "reason": TextV1(zh="重量已更正", en="The weight was corrected"),
        "step_cite": "X-8 Art.8",
        "step_at": START,
    }
    for remedy_id in (ended, kept):
        facts = a_remedy(case["case_id"], remedy_id) | {"remedy": "refund"}
        await shop.intake.hear(settlement.RemedyOfferedV1(**facts), thing=remedy_id)
    ending = a_remedy(case["case_id"], ended) | {"remedy": "refund"} | told
    keeping = a_remedy(case["case_id"], kept) | {"remedy": "refund"} | told
    await shop.intake.hear(settlement.RemedyWithdrawnV1(**ending, found="offered"), thing=ended)
    await shop.intake.hear(settlement.RemedyNotWithdrawnV1(**keeping, found="payout_requested"), thing=kept)

    page = await shop.page(case["case_id"])
    states = {each["remedy_id"]: each["state"] for each in page["remedies"]}
    assert states == {ended: "withdrawn", kept: "offered"}
