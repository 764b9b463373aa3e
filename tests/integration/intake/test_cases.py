"""Registration and steps over HTTP: once, numbered without a gap, refused with codes, invisible to others."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from shared.kernel.ids import new_id
from tests.integration.intake.conftest import BODY, PNG, START, Intake, Statements


async def counted(intake: Intake, query: str) -> int:
    async with intake.db.engine.connect() as conn:
        return int((await conn.execute(text(query))).scalar_one())


async def test_a_case_is_registered_with_everything_that_follows(intake: Intake) -> None:
    answer = await intake.post("/v1/cases", BODY | {"order_ref": "SO-1", "description": "边部裂纹"})
    case = answer.json()
    assert answer.status_code == 201
    assert (case["number"], case["status"], case["first_responder"]) == ("QO-202603-00001", "registered", "chen")
    assert case["policy"] == {"pack": "laigang", "version": 1}
    assert case["status_label"] == {"zh": "已登记", "en": "Registered"}
    assert case["facts"]["objection_class"] == "quality"
    party, registered = await intake.events()
    assert (party.type, registered.type) == ("party.recorded.v1", "case.registered.v1")
    assert party.key == registered.key == case["case_id"]
    assert "buyer@example.com" in party.payload
    published = orjson.loads(registered.payload)
    assert published["facts"]["quantity_t"] == "60"
    assert "江苏某机械有限公司" not in registered.payload
    assert (await counted(intake, "SELECT count(*) FROM intake.contact")) == 1
    contact = (await intake.get(f"/v1/contacts/{case['contact_id']}")).json()
    assert (contact["case_id"], contact["kind"]) == (case["case_id"], "quality_objection")


async def test_the_page_of_a_case_names_its_customer_and_order(intake: Intake) -> None:
    customer = {"ref": "C-9", "name": "于经理", "email": "yu@example.com", "phone": "+86 510 7654321"}
    page = await intake.page(await intake.register(customer=customer, order_ref="SO-9"))
    assert (page["customer_ref"], page["order_ref"]) == ("C-9", "SO-9")
    assert page["customer"] == {
        "name": "于经理", "email": "yu@example.com", "phone": "+86 510 7654321", "locale": "zh-CN",
    }  # fmt: skip


async def test_the_same_key_twenty_times_makes_one_case(intake: Intake) -> None:
    key = new_id()
    answers = await asyncio.gather(*(intake.post("/v1/cases", BODY, key=key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["case_id"] for answer in answers}) == 1
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers) == 19
    assert await counted(intake, "SELECT count(*) FROM intake.case_file") == 1
    assert await intake.register()
    numbers = (await intake.get("/v1/cases")).json()["items"]
    assert [item["number"] for item in numbers] == ["QO-202603-00002", "QO-202603-00001"]


async def test_a_policy_that_is_published_meanwhile_is_the_one_of_the_next_case(intake: Intake) -> None:
    await intake.register()
    async with intake.db.engine.begin() as conn:
        await conn.execute(
            text(
                "INSERT INTO intake.policy_version (org_id, pack, version, effective_from, digest, sections, published_at) "
                "SELECT org_id, pack, 2, '2026-03-05', digest, sections, now() FROM intake.policy_version WHERE org_id = :org"
            ),
            {"org": intake.org},
        )
    assert (await intake.post("/v1/cases", BODY)).json()["policy"] == {"pack": "laigang", "version": 2}
    late = await intake.post("/v1/cases", BODY | {"received_at": "2026-03-04T15:59:59Z"})
    assert late.json()["policy"]["version"] == 1


async def test_each_month_and_each_organisation_counts_for_itself(intake: Intake) -> None:
    await intake.register()
    foreign = await intake.post("/v1/cases", BODY, org=intake.foreign)
    assert foreign.json()["number"] == "QO-202603-00001"
    await intake.advance(timedelta(days=26, hours=14, minutes=59))
    late = await intake.post("/v1/cases", BODY)
    await intake.advance(timedelta(minutes=1))
    next_month = await intake.post("/v1/cases", BODY)
    assert (late.json()["number"], next_month.json()["number"]) == ("QO-202603-00002", "QO-202604-00001")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"case_type": "nonsense"}, 422, "case_type_unknown"),
        ({"channel": "pigeon"}, 422, "channel_unknown"),
        ({"facts": {"quantity_t": 60.5}}, 422, "input_invalid"),
        ({"facts": {"origin": "confirmed"}}, 422, "input_invalid"),
        ({"facts": {"nested": {"a": 1}}}, 422, "input_invalid"),
        ({"customer": {"ref": "C"}}, 422, "input_invalid"),
        ({"customer": {"ref": "C", "name": "x", "email": "a@b\r\nBcc: c@d"}}, 422, "input_invalid"),
        ({"parties": [{"role": "emperor", "name": "x"}]}, 422, "party_role_unknown"),
        ({"status": "closed"}, 422, "input_invalid"),
        ({"first_responder": "somebody"}, 422, "input_invalid"),
        ({"received_at": "2026-03-05T01:00:01Z"}, 422, "received_in_future"),
        ({"received_at": "2026-02-03T00:59:59Z"}, 422, "received_too_long_ago"),
        ({"received_at": "2025-12-31T15:59:59Z"}, 409, "no_effective_policy"),
    ],
)
async def test_refused(intake: Intake, changes: dict[str, Any], status: int, code: str) -> None:
    answer = await intake.post("/v1/cases", BODY | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await intake.events() == []


async def test_a_receipt_of_a_month_ago_is_believed(intake: Intake) -> None:
    answer = await intake.post("/v1/cases", BODY | {"received_at": "2026-02-03T01:00:00Z"})
    assert answer.json()["received_at"] == "2026-02-03T01:00:00Z"


async def test_a_post_needs_a_key(intake: Intake) -> None:
    headers = intake.headers()
    del headers["Idempotency-Key"]
    answer = await intake.client.post("/v1/cases", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_step_announces_what_it_reached(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.advance(timedelta(hours=1))
    given = {"in_scope": True, "needs_visit": True, "opinion": "属异议范围"}
    step = await intake.taken(case_id, "analyse", given, at="2026-03-05T01:30:00Z")
    assert (step["status"], step["owner"], step["milestones"]) == ("accepted", "objection_team", ["case.accepted"])
    [event] = await intake.events("case.advanced.v1")
    published = orjson.loads(event.payload)
    assert published["at"] == "2026-03-05T01:30:00Z"
    assert event.occurred_at == START + timedelta(hours=1)
    assert event.aggregate_version == 2
    assert published["facts"]["needs_visit"] is True
    assert "opinion" not in published["details"]
    assert published["cite"] == "LG-33 Art.33"


@pytest.mark.parametrize(
    ("step", "given", "by", "more", "status", "code"),
    [
        ("fly", {}, "chen", {}, 404, "step_unknown"),
        ("analyse", {}, "wang", {}, 403, "role_forbidden"),
        ("complete_visit", {"findings": "x"}, "wang", {}, 409, "step_out_of_order"),
        ("analyse", {"in_scope": True, "needs_visit": False, "opinion": "x"}, "chen", {"at": "2026-03-05T01:00:01Z"},
         422, "at_in_future"),
        ("analyse", {"in_scope": "yes", "needs_visit": False, "opinion": "x"}, "chen", {}, 422, "input_invalid"),
        ("analyse", {"opinion": "x"}, "chen", {}, 422, "input_missing"),
        ("route", {}, "chen", {}, 409, "file_incomplete"),
    ],
)  # fmt: skip
async def test_a_refused_step_changes_nothing(  # noqa: PLR0917 (a row of the table)
    intake: Intake, step: str, given: dict[str, Any], by: str, more: dict[str, Any], status: int, code: str
) -> None:
    case_id = await intake.register()
    answer = await intake.step(case_id, step, given, by=by, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await intake.page(case_id))["version"] == 1
    assert await intake.events("case.advanced.v1") == []


async def test_of_twenty_that_open_a_case_one_does(intake: Intake) -> None:
    case_id = await intake.register()
    given = {"in_scope": True, "needs_visit": False, "opinion": "属"}
    answers = await asyncio.gather(*(intake.step(case_id, "analyse", given) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"step_out_of_order"}
    assert len(await intake.events("case.advanced.v1")) == 1


async def test_what_was_registered_never_changes_even_in_sql(intake: Intake) -> None:
    await intake.register()
    for column in ("first_responder", "number", "pack_version", "received_at"):
        value = {"pack_version": "2", "received_at": "now()"}.get(column, "'x'")
        async with intake.db.engine.connect() as conn:
            with pytest.raises(Exception, match="never changes"):
                await conn.execute(text(f"UPDATE intake.case_file SET {column} = {value}"))


async def test_a_system_subject_in_a_token_is_not_the_system(intake: Intake) -> None:
    case_id = await intake.register()
    answer = await intake.step(case_id, "analyse", {}, by="system")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")


async def test_another_organisation_sees_nothing_at_all(intake: Intake) -> None:
    case_id = await intake.register()
    contact_id = (await intake.page(case_id))["contact_id"]
    evidence_id = (await intake.send(case_id, PNG)).json()["evidence_id"]
    paths = {
        "GET": [f"/v1/cases/{{}}{rest}" for rest in ("", "/timeline", "/archive", f"/evidence/{evidence_id}")],
        "POST": ["/v1/cases/{}/steps/analyse", "/v1/cases/{}/evidence"],
    }
    contacts = {"GET": ["/v1/contacts/{}"], "POST": ["/v1/contacts/{}/case"]}
    bodies: dict[str, dict[str, Any]] = {
        "/steps/analyse": {"json": {"input": {}}},
        "/evidence": {"files": {"file": ("a.png", PNG, "image/png")}, "data": {"kind": "photo"}},
        "/case": {"json": {"case_type": "quality_objection", "customer": BODY["customer"]}},
    }
    for wanted, present in ((paths, case_id), (contacts, contact_id)):
        for method, templates in wanted.items():
            for template in templates:
                answers = []
                for thing in (present, new_id()):
                    extra = (
                        next((b for end, b in bodies.items() if template.endswith(end)), {}) if method == "POST" else {}
                    )
                    headers = intake.headers(org=intake.foreign)
                    answer = await intake.client.request(method, template.format(thing), headers=headers, **extra)
                    answers.append((answer.status_code, answer.json() | {"request_id": ""}))
                assert answers[0] == answers[1], template
                assert answers[0][0] == 404, (template, answers)
                assert answers[0][1]["code"] == "not_found"
    assert (await intake.get("/v1/cases", org=intake.foreign)).json() == {"items": [], "next": None}


@pytest.mark.parametrize("path", ["/v1/cases/nonsense", "/v1/contacts/1", "/v1/cases/1/steps/analyse"])
async def test_what_is_no_id_is_not_found(intake: Intake, path: str) -> None:
    answer = await (intake.post(path) if "steps" in path else intake.get(path))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_case_page_takes_at_most_three_statements(intake: Intake, statements: Statements) -> None:
    case_id = await intake.register()
    for kind in ("photo", "other"):
        await intake.send(case_id, PNG, kind=kind)
    await intake.taken(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "属"})
    await intake.page(case_id)
    statements.seen.clear()
    page = await intake.page(case_id)
    assert len(statements.seen) <= 3, statements.seen
    assert {step["step"]: step["refusal"] for step in page["next"]}["confirm_origin"] is None
    assert page["files"][0]["missing"] == ["objection_letter", "contract", "quality_certificate"]


async def test_lists_take_as_many_statements_for_fifty_as_for_one(intake: Intake, statements: Statements) -> None:
    ids = [await intake.register() for _ in range(7)]
    await intake.taken(ids[0], "analyse", {"in_scope": True, "needs_visit": True, "opinion": "属"})
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        statements.seen.clear()
        page = (await intake.get("/v1/cases", limit=3, **after)).json()
        assert len(statements.seen) <= 2
        seen += [item["case_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ids[::-1]
    accepted = (await intake.get("/v1/cases", status="accepted")).json()["items"]
    assert [item["case_id"] for item in accepted] == [ids[0]]
    assert accepted[0]["status_label"]["zh"] == "已立案"
    assert (await intake.get("/v1/cases", after="bm9uc2Vuc2U")).status_code == 400


async def test_a_registration_takes_seven_statements_for_everything(intake: Intake, statements: Statements) -> None:
    await intake.register()
    await intake.register()
    statements.seen.clear()
    await intake.register()
    taken = [statement for statement in statements.seen if "organisation" not in statement]
    assert len(taken) == 7, taken


async def test_an_archive_is_there_only_once_it_is_made(intake: Intake) -> None:
    case_id = await intake.register()
    answer = await intake.get(f"/v1/cases/{case_id}/archive")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_archived")
