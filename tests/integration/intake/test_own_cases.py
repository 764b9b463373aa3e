"""What customers see and do of their own cases: what the pack marks, and no other case, owner, role or internal word."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.integration.intake.conftest import BODY, CUSTOMER, PNG, Intake
from tests.support.callers import bearer

OTHER = {**CUSTOMER, "ref": "C-9999", "name": "另一家公司"}
INTERNAL = (
    "chen",
    "business_staff",
    "quality_objection_clerk",
    "objection_team",
    "owner",
    "first_responder",
    "legal_risk",
)


def customer(intake: Intake, *, ref: str = "C-2201", org: str | None = None, **claims: Any) -> dict[str, str]:
    said = {"customer_ref": ref, "sub": "buyer", "scope": "my:read my:write cases:read cases:write", **claims}
    return bearer(org or intake.org, **said) | {"Idempotency-Key": new_id()}


async def get(intake: Intake, path: str, **who: Any) -> Any:
    return await intake.client.get(path, headers=customer(intake, **who))


async def test_a_customer_reads_what_the_pack_marks_and_nothing_internal(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.taken(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "边裂，属异议范围"})

    page = (await get(intake, f"/v1/my/cases/{case_id}")).json()
    assert page["status"] == {"zh": "已立案，正在处理", "en": "Opened and being handled"}
    assert page["is_open"] is True
    assert [fact["id"] for fact in page["facts"]] == [
        "objection_class", "defect", "product", "grade", "batch", "quantity_t",
    ]  # fmt: skip
    assert [item["label"]["en"] for item in page["milestones"]] == ["Opened"]
    assert [step["step"] for step in page["next"]] == []
    text = str(page)
    assert [word for word in (*INTERNAL, "边裂") if word in text] == []


async def test_the_list_holds_own_cases_only_page_after_page(intake: Intake) -> None:
    own = [await intake.register() for _ in range(3)]
    await intake.register(customer=OTHER)

    found: list[str] = []
    after = ""
    while True:
        page = (await get(intake, f"/v1/my/cases?limit=2{after}")).json()
        found += [item["case_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == own[::-1]
    theirs = (await get(intake, f"/v1/my/cases?limit=2{after}", ref=OTHER["ref"])).json()
    assert not set(own) & {item["case_id"] for item in theirs["items"]}


async def test_a_foreign_case_is_no_case_in_any_operation(intake: Intake) -> None:
    own, foreign = await intake.register(), await intake.register(customer=OTHER)
    filed = await intake.client.post(
        f"/v1/my/cases/{own}/evidence",
        headers=customer(intake),
        files={"file": ("edge.png", PNG, "image/png")},
        data={"kind": "photo"},
    )
    evidence_id = filed.json()["evidence_id"]
    strangers: list[dict[str, Any]] = [{"ref": OTHER["ref"]}, {"org": intake.foreign}, {"ref": "C-220"}]
    for who in strangers:
        for path in (f"/v1/my/cases/{own}", f"/v1/my/cases/{own}/evidence/{evidence_id}"):
            answer = await get(intake, path, **who)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (who, path)
        step = await intake.client.post(
            f"/v1/my/cases/{own}/steps/sign_agreement", json={"input": {}}, headers=customer(intake, **who)
        )
        assert (step.status_code, step.json()["code"]) == (404, "not_found")
    assert (await get(intake, f"/v1/my/cases/{foreign}/evidence/{evidence_id}", ref=OTHER["ref"])).status_code == 404
    assert (await get(intake, f"/v1/my/cases/{own}/evidence/{evidence_id}")).content == PNG


async def test_customers_file_what_the_pack_lets_them_and_see_no_file_of_the_staff(intake: Intake) -> None:
    case_id = await intake.register()
    staff = await intake.client.post(
        f"/v1/cases/{case_id}/evidence",
        headers=intake.headers("chen"),
        files={"file": ("s.txt", b"sample", "text/plain")},
        data={"kind": "sample_record"},
    )
    own = f"/v1/my/cases/{case_id}"
    assert (await get(intake, f"{own}/evidence/{staff.json()['evidence_id']}")).status_code == 404
    for kind, status in (("sample_record", 422), ("objection_letter", 201)):
        answer = await intake.client.post(
            f"{own}/evidence",
            headers=customer(intake),
            files={"file": ("l.txt", "异议函".encode(), "text/plain")},
            data={"kind": kind},
        )
        assert answer.status_code == status, answer.text
    page = (await get(intake, own)).json()
    assert [file["kind"] for file in page["files"]] == ["objection_letter"]
    assert "sample_record" not in [kind["kind"] for kind in page["may_file"]]


@pytest.mark.parametrize("step", ["analyse", "close", "route", "no_such_step"])
async def test_a_step_that_is_not_the_customers_does_not_exist(intake: Intake, step: str) -> None:
    case_id = await intake.register()
    answer = await intake.client.post(
        f"/v1/my/cases/{case_id}/steps/{step}", json={"input": {}}, headers=customer(intake)
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (404, "not_found", {})


async def test_a_refused_step_names_nothing_internal(intake: Intake) -> None:
    case_id = await intake.register()
    given = {"input": {"party": "customer", "signer": "李经理"}}
    answer = await intake.client.post(
        f"/v1/my/cases/{case_id}/steps/sign_agreement", json=given, headers=customer(intake)
    )
    assert answer.status_code == 409
    assert answer.json()["fields"] == {}
    assert answer.json()["cite"] == "LG-36 Art.36"


async def test_customers_that_share_a_subject_share_no_answer(intake: Intake) -> None:
    case_id = await intake.register()
    headers = customer(intake, act={"sub": "shop"})
    photo: dict[str, Any] = {"files": {"file": ("edge.png", PNG, "image/png")}, "data": {"kind": "photo"}}
    first = await intake.client.post(f"/v1/my/cases/{case_id}/evidence", headers=headers, **photo)
    assert first.status_code == 201

    other = customer(intake, ref=OTHER["ref"], act={"sub": "shop"}) | {"Idempotency-Key": headers["Idempotency-Key"]}
    again = await intake.client.post(f"/v1/my/cases/{case_id}/evidence", headers=other, **photo)
    assert again.status_code == 404


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/cases?customer_ref=C-2201", "/v1/contacts", "/v1/recurring"])
async def test_other_lists_are_closed_to_customers(intake: Intake, path: str) -> None:
    answer = await get(intake, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "principal_not_admitted")


async def test_own_cases_are_closed_to_staff(intake: Intake) -> None:
    case_id = await intake.register()
    answer = await intake.client.get(f"/v1/my/cases/{case_id}", headers=intake.headers("chen"))
    assert (answer.status_code, answer.json()["code"]) == (403, "principal_not_admitted")
    assert answer.json()["fields"] == {"kinds": ["customer", "link"]}


async def test_the_history_names_the_machine_that_acted_for_a_person(intake: Intake) -> None:
    headers = bearer(intake.org, sub="li", roles=["business_staff"], scope="cases:read cases:write", act={"sub": "crm"})
    registered = await intake.client.post("/v1/cases", json=BODY, headers=headers | {"Idempotency-Key": new_id()})
    case_id = registered.json()["case_id"]
    await intake.client.post(f"/v1/cases/{case_id}/steps/classify", json={"input": {"severity": "major"}},
                             headers=headers | {"Idempotency-Key": new_id()})  # fmt: skip

    lines = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert (lines[-1]["actor"], lines[-1]["actor_kind"], lines[-1]["actor_client"]) == ("li", "machine", "crm")
