"""Putting right what is known about a customer: what changes, who sees it, what is refused, and that it counts once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from shared.kernel.ids import new_id
from tests.integration.intake.conftest import CUSTOMER, Intake
from tests.support.event_samples import an_event

RIGHT = {"name": "江苏鼎盛重工有限公司", "phone": "+86 25 7777", "customer_ref": "C-9", "order_ref": "SO-9"}


async def corrected(intake: Intake, case_id: str, /, **body: Any) -> httpx2.Response:
    how = {name: body.pop(name) for name in ("by", "org", "key") if name in body}
    return await intake.post(f"/v1/cases/{case_id}/corrections", {"reason": "misheard"} | body, **how)


async def found(intake: Intake, **params: str) -> list[str]:
    return [item["case_id"] for item in (await intake.get("/v1/cases", **params)).json()["items"]]


async def test_the_case_is_known_by_the_right_values_from_then_on(intake: Intake) -> None:
    case_id = await intake.register(order_ref="SO-1")
    await intake.advance(timedelta(hours=1))
    answer = await corrected(intake, case_id, **RIGHT)
    assert answer.status_code == 201, answer.text
    shown = {name: answer.json()[name] for name in (*RIGHT, "email", "actor", "fields")}
    assert shown == RIGHT | {
        "email": CUSTOMER["email"],
        "actor": "chen",
        "fields": ["name", "phone", "customer_ref", "order_ref"],
    }
    [item] = (await intake.get("/v1/cases", q="鼎盛")).json()["items"]
    assert (item["customer_name"], item["customer_ref"], item["order_ref"]) == (RIGHT["name"], "C-9", "SO-9")
    assert item["changed_at"] == "2026-03-05T02:00:00Z"
    for old in ("江苏某", "1234567", "C-2201"):
        assert await found(intake, q=old) == []
    assert await found(intake, q="257777") == [case_id]
    assert await found(intake, customer_ref="C-2201") == []
    assert {task["customer_name"] for task in (await intake.get("/v1/tasks")).json()["items"]} == {RIGHT["name"]}
    page = await intake.page(case_id)
    assert (page["version"], page["customer_ref"], page["order_ref"]) == (2, "C-9", "SO-9")


async def test_the_history_says_who_changed_what_from_what_and_why(intake: Intake) -> None:
    case_id = await intake.register()
    await corrected(intake, case_id, by="li", phone=None, email="right@example.com")
    line = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"][-1]
    assert (line["source"], line["actor"], line["what"]) == ("correction", "li", "case.corrected")
    assert line["details"] == {
        "fields": ["email", "phone"],
        "input": {
            "reason": "misheard",
            "old": {"email": CUSTOMER["email"], "phone": CUSTOMER["phone"]},
            "new": {"email": "right@example.com", "phone": None},
        },
    }


async def test_the_party_is_published_before_the_correction(intake: Intake) -> None:
    case_id = await intake.register()
    before = len(await intake.events())
    await corrected(intake, case_id, email="right@example.com")
    await corrected(intake, case_id, order_ref="SO-9")
    events = (await intake.events())[before:]
    assert [event.type for event in events] == ["party.recorded.v1", "case.corrected.v1", "case.corrected.v1"]
    assert [event.aggregate_version for event in events] == [2, 2, 3]
    assert "right@example.com" in events[0].payload
    assert "right@example.com" not in events[1].payload


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 422, "nothing_corrected"),
    ({"name": CUSTOMER["name"], "order_ref": "SO-1"}, 422, "nothing_corrected"),
    ({"name": None, "customer_ref": None}, 422, "nothing_corrected"),
    ({"reason": ""}, 422, "input_invalid"),
    ({"phone": "many"}, 422, "input_invalid"),
    ({"owner": "li"}, 422, "input_invalid"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
async def test_what_is_no_correction_is_refused(intake: Intake, body: dict[str, Any], status: int, code: str) -> None:
    case_id = await intake.register(order_ref="SO-1")
    answer = await corrected(intake, case_id, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await intake.page(case_id))["version"] == 1


async def test_another_customer_does_not_get_an_accepted_remedy(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.hear(an_event("remedy.accepted", case_id), thing=new_id())
    refused = await corrected(intake, case_id, customer_ref="C-9")
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_has_claim")
    assert refused.json()["fields"] == {"remedies": ["refund"]}
    assert (await corrected(intake, case_id, phone="+86 25 7777")).status_code == 201


@pytest.mark.parametrize(
    ("status", "code"), [("closed", "case_closed"), ("archived", "case_archived"), ("purged", "case_purged")]
)
async def test_a_case_that_is_over_is_not_corrected(intake: Intake, status: str, code: str) -> None:
    case_id = await intake.register()
    over = "is_purged = true" if status == "purged" else f"status = '{status}'"
    async with intake.db.engine.begin() as conn:
        await conn.execute(text(f"UPDATE intake.case_file SET {over} WHERE org_id = :org"), {"org": intake.org})
    refused = await corrected(intake, case_id, phone="+86 25 7777")
    assert (refused.status_code, refused.json()["code"]) == (409, code)


async def test_a_correction_under_one_key_counts_once_and_two_at_once_count_both(intake: Intake) -> None:
    case_id = await intake.register()
    key = new_id()
    first, again = [await corrected(intake, case_id, phone="+86 25 7777", key=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    answers = await asyncio.gather(
        *(corrected(intake, case_id, order_ref="SO-8") for _ in range(5)), corrected(intake, case_id, name="别的名字")
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422, 422, 422]
    assert (await intake.page(case_id))["version"] == 4


async def test_a_foreign_organisation_has_no_such_case(intake: Intake) -> None:
    case_id = await intake.register()
    answer = await corrected(intake, case_id, phone="+86 25 7777", org=intake.foreign)
    assert answer.status_code == 404
