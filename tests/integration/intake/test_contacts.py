"""Contacts: noted by the pack's rules, and the case that one leads to."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.intake.conftest import CUSTOMER, FACTS, Intake

CALL: dict[str, Any] = {
    "channel": "phone",
    "kind": "complaint",
    "caller": {"organisation": "江苏某机械有限公司", "name": "李经理", "phone": "0510-1234567"},
    "summary": "热轧卷边部裂纹",
    "fields": {"importance": "important", "readback_confirmed": True, "ring_count": 5},
}
OPEN: dict[str, Any] = {"case_type": "quality_objection", "customer": CUSTOMER, "facts": FACTS}


async def noted(intake: Intake, **changes: Any) -> dict[str, Any]:
    answer = await intake.post("/v1/contacts", CALL | changes)
    assert answer.status_code == 201, answer.text
    contact: dict[str, Any] = answer.json()
    return contact


async def test_a_call_is_on_record_with_who_took_it(intake: Intake) -> None:
    contact = await noted(intake)
    assert (contact["received_by"], contact["first_responder"]) == ("chen", "chen")
    assert contact["fields"]["apology_required"] is True
    assert (await intake.get(f"/v1/contacts/{contact['contact_id']}")).json() == contact


async def test_the_case_keeps_the_first_receiver_channel_and_receipt(intake: Intake) -> None:
    contact = await noted(intake)
    await intake.advance(timedelta(hours=3))
    path = f"/v1/contacts/{contact['contact_id']}/case"
    answer = await intake.post(path, OPEN, by="wang")
    case = answer.json()
    assert answer.status_code == 201
    assert (case["first_responder"], case["contact_id"]) == ("chen", contact["contact_id"])
    assert case["received_at"] == contact["received_at"]
    page = await intake.page(case["case_id"])
    assert (page["channel"], page["description"]) == ("phone", "热轧卷边部裂纹")
    again = await intake.post(path, OPEN)
    assert (again.status_code, again.json()["code"]) == (409, "contact_has_case")
    assert again.json()["fields"] == {"case_id": case["case_id"]}


async def test_not_every_contact_leads_to_a_case(intake: Intake) -> None:
    contact = await noted(intake, kind="consult")
    answer = await intake.post(f"/v1/contacts/{contact['contact_id']}/case", OPEN)
    assert (answer.status_code, answer.json()["code"], answer.json()["cite"]) == (
        409,
        "contact_opens_no_case",
        "LG-24 Art.24",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "x"}, "contact_kind_unknown"),
        ({"fields": {"importance": "important"}}, "readback_required"),
        ({"fields": {"ring_count": -1}}, "input_invalid"),
        ({"kind": "relay", "caller": {"name": "李"}, "fields": {"relay_to": "王工"}}, "input_missing"),
        ({"received_at": "2026-03-05T01:00:01Z"}, "received_in_future"),
    ],
)
async def test_refused(intake: Intake, changes: dict[str, Any], code: str) -> None:
    answer = await intake.post("/v1/contacts", CALL | changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_contacts_are_listed_newest_first_in_pages(intake: Intake) -> None:
    ids = [(await noted(intake, kind=kind))["contact_id"] for kind in ("complaint", "consult", "complaint")]
    first = (await intake.get("/v1/contacts", limit=2)).json()
    rest = (await intake.get("/v1/contacts", limit=2, after=first["next"])).json()
    assert [item["contact_id"] for item in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next"] is None
    consulted = (await intake.get("/v1/contacts", kind="consult")).json()["items"]
    assert [item["contact_id"] for item in consulted] == [ids[1]]
    assert (await intake.get("/v1/contacts", org=intake.foreign)).json()["items"] == []
