"""What stands in a case's history beside its steps: notes, further contacts, all input, and files that a step rests on."""

from shared.kernel.ids import new_id
from tests.integration.intake.conftest import PNG, Intake
from tests.integration.intake.test_contacts import noted


async def test_a_note_stands_in_the_history(intake: Intake) -> None:
    case_id = await intake.register()
    answer = await intake.post(f"/v1/cases/{case_id}/notes", {"text": "rings back on Monday"}, by="wang")
    assert answer.status_code == 201, answer.text
    line = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"][-1]
    assert (line["source"], line["actor"], line["details"]) == (
        "note",
        "wang",
        {"input": {"text": "rings back on Monday"}},
    )
    foreign = await intake.post(f"/v1/cases/{case_id}/notes", {"text": "x"}, org=intake.foreign)
    assert foreign.status_code == 404
    assert (await intake.post(f"/v1/cases/{case_id}/notes", {"text": ""})).status_code == 422


async def test_a_step_keeps_all_that_was_entered_and_the_files_it_rests_on(intake: Intake) -> None:
    case_id = await intake.register()
    photo = (await intake.send(case_id, PNG)).json()["evidence_id"]
    given = {"in_scope": True, "needs_visit": True, "opinion": "edge cracks"}
    await intake.taken(case_id, "analyse", given, evidence=[photo])
    line = next(
        item
        for item in (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
        if item["what"] == "analyse"
    )
    assert line["details"]["input"] == given
    assert line["details"]["evidence"] == [photo]
    [advanced] = await intake.events("case.advanced.v1")
    assert "edge cracks" not in advanced.payload


async def test_a_step_cannot_rest_on_a_file_of_another_case(intake: Intake) -> None:
    case_id, other = await intake.register(), await intake.register()
    photo = (await intake.send(other, PNG)).json()["evidence_id"]
    given = {"in_scope": True, "needs_visit": True, "opinion": "edge cracks"}
    answer = await intake.step(case_id, "analyse", given, evidence=[photo])
    refused = (answer.status_code, answer.json()["code"], answer.json()["fields"])
    assert refused == (422, "evidence_not_of_case", {"unknown": [photo]})


async def test_a_second_contact_is_linked_to_the_case_that_exists(intake: Intake) -> None:
    case_id = await intake.register()
    contact = await noted(intake)
    path = f"/v1/contacts/{contact['contact_id']}/link"
    joined = await intake.post(path, {"case_id": case_id})
    assert (joined.status_code, joined.json()["case_id"]) == (200, case_id), joined.text
    again = await intake.post(path, {"case_id": case_id})
    assert (again.status_code, again.json()["code"]) == (409, "contact_has_case")
    lines = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [line["what"] for line in lines if line["source"] == "contact"] == ["contact.linked"]
    assert (await intake.post(path, {"case_id": new_id()})).status_code in {404, 409}
