"""Standing facts on a real PostgreSQL, over HTTP: recording rows, what is in effect, what decisions read and keep."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.intake.standing.rules import MOST_RECORDS
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import CUSTOMER, START, Intake
from tests.integration.intake.dealing_pack import INTAKE, dealing_documents
from tests.integration.intake.timed_desk import LEADER, Desk

REF = CUSTOMER["ref"]
WRITE, READ = "standing:write", "standing:read"
JANUARY, FEBRUARY, MARCH = (f"2026-0{month}-01T00:00:00+08:00" for month in (1, 2, 3))


@pytest.fixture
async def maker(intake: Intake, tmp_path: Path) -> Desk:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Maker", simulated_now=START)
    desk = Desk(replace(intake, org=org))
    await desk.publish(dealing_documents(tmp_path))
    return desk


def row(name: str, value: Any = None, **more: Any) -> dict[str, Any]:
    stated = {"subject_kind": "customer", "subject": REF, "name": name, "valid_from": JANUARY}
    return stated | ({} if value is None else {"value": value}) | more


async def record(maker: Desk, *rows: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    answer = await maker.call("POST", "/v1/standing-facts", {"rows": list(rows)}, scope=WRITE, **how)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def recorded(maker: Desk, **wanted: Any) -> list[dict[str, Any]]:
    params = {"subject_kind": "customer", "subject": REF} | wanted
    answer = await maker.call("GET", "/v1/standing-facts", scope=READ, params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def result(outcome: str, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "revision": None, "code": None, "field": None, "is_read": True} | more


async def a_return(maker: Desk, **more: Any) -> dict[str, Any]:
    return await maker.register(case_type="return", **more)


async def details(maker: Desk, case_id: str, place: int = -1) -> dict[str, Any]:
    items = (await maker.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"]
    found: dict[str, Any] = items[place]["details"]
    return found


async def refused(maker: Desk, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await maker.call("POST", path, body)
    assert answer.status_code == 409, answer.text
    problem: dict[str, Any] = answer.json()
    return {name: problem[name] for name in ("code", "cite", "fields")}


async def test_each_row_is_answered_by_itself(maker: Desk) -> None:
    results = await record(
        maker,
        row("class", "a"),
        row("class", "a"),
        row("class", "z"),
        row("class", "b", valid_from=FEBRUARY, valid_until=FEBRUARY),
        row("class", valid_from=MARCH),
        row("class", valid_from=MARCH, withdrawn=True),
        row("colour", "red"),
        row("class", "b"),
    )
    assert results == [
        result("recorded", revision=1),
        result("unchanged", revision=1),
        result("refused", code="value_unfit", field="value"),
        result("refused", code="span_empty", field="valid_until"),
        result("refused", code="value_missing", field="value"),
        result("refused", code="nothing_to_withdraw", field="valid_from"),
        result("recorded", revision=1, is_read=False),
        result("recorded", revision=2),
    ]
    assert [(each["revision"], each["value"]) for each in await recorded(maker, name="class")] == [(1, "a"), (2, "b")]


async def test_the_same_request_again_and_the_same_rows_again_record_nothing(maker: Desk) -> None:
    first = await record(maker, row("class", "a"), key="k-1")
    assert await record(maker, row("class", "a"), key="k-1") == first
    assert await record(maker, row("class", "a"), key="k-2") == [result("unchanged", revision=1)]
    assert len(await recorded(maker)) == 1


async def test_what_is_in_effect_at_an_instant_as_it_was_known(maker: Desk) -> None:
    await record(maker, row("class", "a"), row("class", "b", valid_from=FEBRUARY, valid_until=MARCH))
    await maker.at("2026-03-10T00:00:00")
    await record(maker, row("class", "c"))

    async def values(**wanted: Any) -> list[str]:
        return [each["value"] for each in await recorded(maker, **wanted)]

    assert await values(as_of="2025-12-31T15:59:59Z") == []
    assert await values(as_of="2026-01-31T15:59:59Z") == ["c"]
    assert await values(as_of="2026-01-31T16:00:00Z") == ["b"]
    assert await values(as_of=MARCH) == ["c"]
    assert await values(as_of=MARCH, known_at="2026-03-09T00:00:00Z") == ["a"]
    await record(maker, row("class", withdrawn=True, valid_from=FEBRUARY))
    assert await values(as_of="2026-02-10T00:00:00Z") == ["c"]
    assert [each["withdrawn"] for each in await recorded(maker)] == [False, False, False, True]


async def test_records_come_page_by_page(maker: Desk) -> None:
    await record(maker, row("class", "a"), row("class", "b"), row("credit", "5"))
    first = (
        await maker.call(
            "GET", "/v1/standing-facts", scope=READ, params={"subject_kind": "customer", "subject": REF, "limit": 2}
        )
    ).json()
    rest = await recorded(maker, after=first["next"])

    assert [(each["name"], each["revision"]) for each in [*first["items"], *rest]] == [
        ("class", 1),
        ("class", 2),
        ("credit", 1),
    ]
    wrong = await maker.call(
        "GET", "/v1/standing-facts", scope=READ, params={"subject_kind": "unit", "subject": "x", "after": "e30"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "page_token_invalid")


async def test_a_subject_has_so_many_records_under_one_name_and_no_more(maker: Desk) -> None:
    await record(maker, *(row("class", "ab"[n % 2]) for n in range(MOST_RECORDS)))
    full = result("refused", code="too_many_records", field="name")
    assert await record(maker, row("class", "a"), row("credit", "1")) == [full, result("recorded", revision=1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject_kind": "dog"},
        {"subject": ""},
        {"subject": "x" * 201},
        {"name": "Class"},
        {"value": 1.5},
        {"value": "x" * 2001},
        {"valid_from": "2026-01-01"},
        {"value": "a", "withdrawn": True},
        {"more": 1},
    ],
)
async def test_rows_of_another_shape_are_refused_as_a_whole(maker: Desk, wrong: dict[str, Any]) -> None:
    body = {"rows": [row("class", "a"), row("class", "b") | wrong]}
    answer = await maker.call("POST", "/v1/standing-facts", body, scope=WRITE)

    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert await recorded(maker) == []


async def test_another_organisation_sees_and_reads_nothing(maker: Desk, intake: Intake) -> None:
    await record(maker, row("class", "c"))
    other = await maker.call(
        "GET",
        "/v1/standing-facts",
        scope=READ,
        params={"subject_kind": "customer", "subject": REF},
        org=OrgId(new_id()),
    )
    assert other.json()["items"] == []


async def test_a_registration_is_decided_by_what_is_in_effect_when_the_case_came_in(maker: Desk) -> None:
    unknown = await a_return(maker)
    await record(maker, row("class", "a"), row("class", "c", valid_from=MARCH), row("manager", "leader"))
    said = await refused(maker, "/v1/cases", {"case_type": "return", "channel": "web", "customer": CUSTOMER})
    earlier = await a_return(maker, received_at="2026-02-28T15:59:00Z")

    assert said == {"code": "class_excluded", "cite": "D-1 Art.2", "fields": {"standing": {"class": "c"}}}
    assert (unknown["facts"].get("class"), unknown["owner"]) == (None, "clerk")
    assert (earlier["facts"]["class"], earlier["owner"]) == ("a", "leader")


async def test_history_keeps_what_was_read_and_from_which_record(maker: Desk) -> None:
    await record(maker, row("class", "b"), row("class", "a"))
    case = await a_return(maker, facts={"product": "X-9"})
    await record(maker, row("class", "c"))

    as_of = "2026-03-05T01:00:00Z"
    asked = {"subject": REF, "as_of": as_of, "known_at": as_of}
    assert (await details(maker, case["case_id"], 0))["standing"] == {
        "class": {"value": "a", "valid_from": "2025-12-31T16:00:00Z", "revision": 2, **asked},
        "manager": {"value": "clerk", "valid_from": None, "revision": None, **asked},
    }


async def test_a_step_reads_by_what_is_entered_and_by_facts_that_were_classified(maker: Desk) -> None:
    person = {"subject_kind": "person", "subject": "E-7", "name": "certificates"}
    family = {"subject_kind": "product", "subject": "X", "name": "warranty", "value": 24}
    await record(maker, row("", ["welding"]) | person, row("") | family)
    case = await a_return(maker, facts={"product": "X-9"})
    path = f"/v1/cases/{case['case_id']}/steps/inspect"

    said = await refused(maker, path, {"input": {"inspector": "E-8"}})
    assert said == {"code": "inspector_not_certified", "cite": "D-1 Art.5", "fields": {"standing": {"certified": ""}}}
    await maker.step(case["case_id"], "inspect", inspector="E-7")
    assert (await maker.page(case["case_id"]))["facts"]["months"] == 24
    assert (await details(maker, case["case_id"]))["standing"]["certified"]["value"] == ["welding"]


async def test_what_is_not_on_record_is_its_default_or_absent(maker: Desk) -> None:
    case = await a_return(maker, facts={"product": "X-9"})
    said = await refused(maker, f"/v1/cases/{case['case_id']}/steps/advance", {"input": {"amount": "1"}})
    assert said == {"code": "credit_exceeded", "cite": "D-1 Art.6", "fields": {"standing": {"credit": None}}}

    await record(
        maker, row("") | {"subject_kind": "person", "subject": "E-7", "name": "certificates", "value": ["welding"]}
    )
    await maker.step(case["case_id"], "inspect", inspector="E-7")
    assert (await maker.page(case["case_id"]))["facts"]["months"] == 12


FAULT_ON = "  - {id: fault_on, label: {zh: 故障日, en: Day of the fault}, type: date}\n"
CLASS_THEN = (
    "  - {id: class_then, label: {zh: 故障日级别, en: Class on the day of the fault}, of: customer, name: class, "
    "as_of: facts.fault_on, type: choice, choices: [a, b, c], cite: D-1 Art.2}\n"
)
JUDGE = (
    "  - {id: judge, label: {zh: 认定, en: Judge}, cite: D-1 Art.2, from: [open], roles: [clerk], "
    "set: {class: standing.class_then}}\n"
)


@pytest.fixture
async def judging(intake: Intake, tmp_path: Path) -> Desk:
    """A maker that judges a return by the class that the dealer had when the fault came."""
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Maker", simulated_now=START)
    desk = Desk(replace(intake, org=org))
    whole = INTAKE.replace("standing:\n", f"{FAULT_ON}standing:\n{CLASS_THEN}").replace("steps:\n", f"steps:\n{JUDGE}")
    await desk.publish(dealing_documents(tmp_path, intake=whole))
    return desk


@pytest.mark.parametrize(
    ("fault_on", "value", "as_of"),
    [
        ("2026-01-31", "a", "2026-01-30T16:00:00Z"),
        ("2026-02-01", "b", "2026-01-31T16:00:00Z"),
        ("2025-12-31", None, "2025-12-30T16:00:00Z"),
        (None, None, None),
    ],
)
async def test_a_step_reads_what_held_on_a_day_of_the_case(
    judging: Desk, fault_on: str | None, value: str | None, as_of: str | None
) -> None:
    await record(judging, row("class", "a"), row("class", "b", valid_from=FEBRUARY))
    case = await a_return(judging, **({} if fault_on is None else {"facts": {"fault_on": fault_on}}))
    await judging.step(case["case_id"], "judge")

    assert (await judging.page(case["case_id"]))["facts"].get("class") == value
    read = (await details(judging, case["case_id"]))["standing"]["class_then"]
    assert (read["value"], read["as_of"], read["known_at"]) == (value, as_of, "2026-03-05T01:00:00Z")


async def test_what_held_on_a_day_is_read_as_it_is_known_at_the_step_and_stays(judging: Desk) -> None:
    await record(judging, row("class", "a"))
    case = await a_return(judging, facts={"fault_on": "2026-01-31"})
    await judging.at("2026-03-06T09:00:00")
    await record(judging, row("class", "b"))
    await judging.step(case["case_id"], "judge")
    await record(judging, row("class", "a"))

    read = (await details(judging, case["case_id"]))["standing"]["class_then"]
    assert (read["value"], read["revision"], read["known_at"]) == ("b", 2, "2026-03-06T09:00:00Z")
    assert (await judging.page(case["case_id"]))["facts"]["class"] == "b"


async def test_a_value_on_record_of_another_type_refuses(intake: Intake, tmp_path: Path) -> None:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Maker", simulated_now=START)
    maker = Desk(replace(intake, org=org))
    await record(maker, row("class", 7))
    await maker.publish(dealing_documents(tmp_path))
    said = await refused(maker, "/v1/cases", {"case_type": "return", "channel": "web", "customer": CUSTOMER})

    assert said["code"] == "standing_fact_unfit"
    assert (said["cite"], said["fields"]) == ("D-1 Art.2", {"standing": "class", "reason": "not_a_choice"})


async def test_a_repeated_step_answers_as_it_did_though_the_record_changed(maker: Desk) -> None:
    await record(maker, row("credit", "100"))
    case = await a_return(maker)
    path, given = f"/v1/cases/{case['case_id']}/steps/advance", {"input": {"amount": "100"}}
    first = await maker.call("POST", path, given, key="k-1")
    await record(maker, row("credit", "99"))
    again = await maker.call("POST", path, given, key="k-1")

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (await refused(maker, path, given))["code"] == "credit_exceeded"


async def test_steps_that_read_standing_facts_are_offered_and_finish_without_them(maker: Desk) -> None:
    case = await a_return(maker)
    offers = {each["step"]: each["allowed"] for each in (await maker.page(case["case_id"]))["next"]}
    assert offers["advance"]
    await maker.step(case["case_id"], "finish", roles=LEADER)
