"""A step makes a case one of another type, on a real PostgreSQL, over HTTP: what stays, what follows, what is counted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.intake.cases import jobs, metrics
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.looking_pack import INTAKE, looking_documents
from tests.integration.intake.test_looks import claim, lines, numbers
from tests.integration.intake.timed_desk import Desk
from tests.support.samples import take, values

NOTE = "facts:\n  - {id: note, label: {zh: 备注, en: Note}, type: text, case_types: [claim], personal: true}\n"
STEP = """\
  - id: as_subsidy
    label: {zh: 转为补贴, en: Treat as a subsidy}
    cite: X-3 Art.4
    case_types: [claim]
    from: [open]
    roles: [clerk]
    becomes: subsidy
    milestones: [subsidy.asked]
  - id: as_claim
    label: {zh: 转为索赔, en: Treat as a claim}
    cite: X-3 Art.5
    case_types: [subsidy]
    from: [open]
    roles: [clerk]
    becomes: claim
"""
CHANNELS = 'number: "C-{seq:3}", initial: open, channels: [web]'
SPAN = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}


def written() -> str:
    """The small pack whose claims may become subsidies, and the other way round."""
    assert CHANNELS in INTAKE
    both = INTAKE.replace(CHANNELS, CHANNELS.replace("[web]", "[web, internal]"))
    return both.replace("facts:\n", NOTE, 1) + STEP


@pytest.fixture
async def shop(intake: Intake, tmp_path: Path) -> Desk:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Shop", simulated_now=START)
    shop = Desk(Intake(intake.app, intake.db, intake.client, org, intake.foreign))
    await shop.publish(looking_documents(tmp_path, intake=written()))
    return shop


async def become(shop: Desk, case: dict[str, Any], step: str = "as_subsidy") -> tuple[int, dict[str, Any]]:
    answer = await shop.call("POST", f"/v1/cases/{case['case_id']}/steps/{step}", {"input": {}})
    return answer.status_code, answer.json()


async def test_the_case_goes_on_under_its_number_with_the_steps_of_its_new_type(shop: Desk) -> None:
    case = await shop.register(case_type="claim", facts={"note": "wet", "serial": "A-1"})
    status, taken = await become(shop, case)
    assert (status, taken["case_type"], taken["number"]) == (200, "subsidy", "C-001")

    page = await shop.page(case["case_id"])
    assert (page["number"], page["case_type"], page["version"]) == ("C-001", "subsidy", 2)
    assert page["case_type_label"]["en"] == "Subsidy"
    assert page["former_types"] == [
        {
            "case_type": "claim",
            "case_type_label": {"zh": "索赔", "en": "Claim"},
            "until": taken["at"],
            "step": "as_subsidy",
        }
    ]
    assert "note" not in page["facts"]
    assert page["facts"]["serial"] == "A-1"
    steps = {each["step"] for each in page["next"]}
    assert {"as_claim"} <= steps
    assert steps.isdisjoint({"claim", "settle", "as_subsidy"})


async def test_history_says_what_became_of_it_and_what_is_known_no_longer(shop: Desk) -> None:
    case = await shop.register(case_type="claim", facts={"note": "wet"})
    await become(shop, case)

    told = (await lines(shop, case["case_id"]))[-1]
    assert (told["what"], told["cite"]) == ("as_subsidy", "X-3 Art.4")
    assert told["details"]["became"] == {"from": "claim", "to": "subsidy"}
    assert told["details"]["facts_left"] == {"note": "wet"}


async def test_lists_and_counts_tell_both_types_and_count_the_case_once(shop: Desk) -> None:
    first = await shop.register(case_type="claim")
    await shop.register(case_type="claim")
    await shop.register(case_type="subsidy", order_ref="O-1")
    await become(shop, first)

    items = (await shop.call("GET", "/v1/cases", params={"case_type": "subsidy"})).json()["items"]
    assert sorted((item["number"], item["registered_as"]) for item in items) == [("C-001", "claim"), ("S-001", None)]
    counts = (await shop.call("GET", "/v1/statistics", params=SPAN)).json()
    assert [(row["case_type"], row["registered_as"], row["count"]) for row in counts["cases"]] == [
        ("claim", "claim", 1),
        ("subsidy", "claim", 1),
        ("subsidy", "subsidy", 1),
    ]
    assert counts["type_changes"] == [{"month": "2026-03", "before": "claim", "after": "subsidy", "count": 1}]


async def test_a_case_that_changes_twice_is_one_case_and_two_changes(shop: Desk) -> None:
    case = await shop.register(case_type="claim")
    await become(shop, case)
    await become(shop, case, "as_claim")

    counts = (await shop.call("GET", "/v1/statistics", params=SPAN)).json()
    assert [(row["case_type"], row["registered_as"], row["count"]) for row in counts["cases"]] == [
        ("claim", "claim", 1)
    ]
    month = {"month": "2026-03", "count": 1}
    assert counts["type_changes"] == [
        month | {"before": "claim", "after": "subsidy"},
        month | {"before": "subsidy", "after": "claim"},
    ]
    await take(shop.db, jobs.samples(organisations=0))
    assert values(metrics.TYPE_CHANGES) == {("claim", "subsidy"): 1, ("subsidy", "claim"): 1}


async def test_looks_count_it_as_what_it_is_now(shop: Desk) -> None:
    first = await claim(shop, "600")
    await become(shop, first)

    assert (await claim(shop, "300"))["facts"]["total"] == "0"
    await become(shop, first, "as_claim")
    assert (await claim(shop, "100"))["facts"]["total"] == "900"


async def test_what_only_one_case_of_the_new_type_may_have_is_refused(shop: Desk) -> None:
    await shop.register(case_type="subsidy", order_ref="O-1")
    case = await shop.register(case_type="claim", order_ref="O-1")

    status, problem = await become(shop, case)
    assert (status, problem["code"], problem["cite"]) == (409, "subsidy_taken", "X-3 Art.2")
    assert (await shop.page(case["case_id"]))["case_type"] == "claim"


async def test_two_that_become_at_once_what_one_may_be_are_not_both(shop: Desk) -> None:
    cases = [await shop.register(case_type="claim", order_ref="O-2") for _ in range(4)]

    answers = await asyncio.gather(*(become(shop, case) for case in cases))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    types = [(await shop.page(case["case_id"]))["case_type"] for case in cases]
    assert sorted(types) == ["claim", "claim", "claim", "subsidy"]


async def test_no_number_of_the_new_type_is_used_up(shop: Desk) -> None:
    await become(shop, await shop.register(case_type="claim"))
    await shop.register(case_type="subsidy", order_ref="O-3")

    assert await numbers(shop) == ["C-001", "S-001"]


@pytest.mark.parametrize("column", ["number", "first_responder", "pack"])
async def test_what_was_registered_is_still_kept_by_the_database(shop: Desk, column: str) -> None:
    case = await shop.register(case_type="claim")
    with pytest.raises(DBAPIError, match="what was registered never changes"):
        async with transaction(shop.db) as tx:
            await tx.rows(f"UPDATE intake.case_file SET {column} = 'x' WHERE case_id = $1::uuid", (case["case_id"],))
