"""Linked cases over HTTP: opened by a step, seen from both ends, gates and reactions across the link."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from services.intake.cases.store.tables import CASE
from services.intake.links.store import LINK
from services.intake.migrations.schema import KERNEL
from shared.contracts import sla
from shared.contracts.envelope import TextV1
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import CUSTOMER, START, Intake, Statements
from tests.integration.intake.linked_pack import linked_pack

COMPLAINT: dict[str, Any] = {
    "case_type": "complaint",
    "channel": "web",
    "customer": CUSTOMER,
    "parties": [{"role": "quality", "name": "质量部", "email": "quality@example.com"}],
    "order_ref": "SO-7",
    "facts": {},
    "pack": "small",
}


@pytest.fixture
async def works(intake: Intake, tmp_path: Path) -> Intake:
    """Intake where both organisations also work with the pack of linked cases."""
    documents, digest = linked_pack(tmp_path)
    async with transaction(intake.db) as tx:
        for one in (intake.org, intake.foreign):
            row = {"org_id": one, "pack": "small", "version": 1, "digest": digest, "sections": documents}
            began = {"effective_from": datetime(2026, 1, 1, tzinfo=UTC).date(), "published_at": START}
            await tx.execute(KERNEL.policy_version.insert().values(**row, **began))
    return intake


async def complain(works: Intake) -> str:
    answer = await works.post("/v1/cases", COMPLAINT, by="li")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


async def ordered(works: Intake, case_id: str, *departments: str) -> list[str]:
    """The rectification orders to these departments."""
    given = {"departments": list(departments), "measure": "复检"}
    taken = await works.taken(case_id, "order", given, by="li")
    return [linked["case_id"] for linked in taken["opened"]]


async def verified(works: Intake, order: str) -> None:
    await works.taken(order, "report", by="lin")
    await works.taken(order, "verify", by="zhou")


async def lines(works: Intake, case_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await works.get(f"/v1/cases/{case_id}/timeline", by="li")).json()["items"]
    return found


async def test_a_step_opens_a_case_for_each_department_with_everything_that_a_case_has(works: Intake) -> None:
    complaint = await complain(works)
    taken = await works.taken(
        complaint, "order", {"departments": ["workshop", "shop", "quality"], "measure": "复检"}, by="li"
    )

    assert [(one["relation"], one["number"], one["owner"]) for one in taken["opened"]] == [
        ("rectification", "R-001", "workshop"),
        ("rectification", "R-002", "quality"),
    ]
    page = await works.page(taken["opened"][0]["case_id"], by="lin")
    assert (page["case_type"], page["channel"], page["status"]) == ("rectification_order", "internal", "ordered")
    assert (page["customer_ref"], page["order_ref"]) == (CUSTOMER["ref"], "SO-7")
    assert (page["policy"], page["first_responder"]) == ({"pack": "small", "version": 1}, "li")
    assert (page["description"], page["contact_id"]) == ("C-00001 / workshop", None)
    assert (page["facts"]["measure"], page["facts"]["department"]) == ("复检", "workshop")
    assert page["facts"]["rank"] == "of_parent"
    assert page["milestones"] == [
        {"name": "case.registered", "at": "2026-03-05T01:00:00Z", "step": None, "cite": "X-6 Art.6"}
    ]


async def test_the_case_pages_and_timelines_show_the_link_from_both_ends(works: Intake) -> None:
    complaint = await complain(works)
    [order] = await ordered(works, complaint, "workshop")
    await works.taken(order, "report", by="lin")

    [down] = (await works.page(complaint, by="li"))["links"]
    assert down == {
        "relation": "rectification",
        "case_id": order,
        "number": "R-001",
        "case_type": "rectification_order",
        "case_type_label": {"zh": "整改单", "en": "Rectification order"},
        "status": "reported",
        "status_label": {"zh": "已报告", "en": "Reported"},
        "phase": "open",
        "owner": "workshop",
    }
    page = await works.page(order, by="li")
    assert (page["links"], page["parent"]["case_id"], page["parent"]["number"]) == ([], complaint, "C-00001")
    assert (page["parent"]["relation"], page["parent"]["case_type_label"]["en"]) == ("rectification", "Complaint")
    assert (await works.page(complaint, by="li"))["parent"] is None
    opened = [{"relation": "rectification", "case_id": order, "number": "R-001"}]
    assert [line["details"].get("opened") for line in await lines(works, complaint)] == [None, opened]
    registered = (await lines(works, order))[0]
    assert registered["details"] == {
        "number": "R-001",
        "channel": "internal",
        "parent": "C-00001",
        "relation": "rectification",
    }


async def test_the_linked_case_is_announced_with_its_parent_and_the_parties(works: Intake) -> None:
    complaint = await complain(works)
    [order] = await ordered(works, complaint, "workshop")

    registered = [orjson.loads(event.payload) for event in await works.events("case.registered.v1")]
    assert [event["parent"] for event in registered] == [
        None,
        {"case_id": complaint, "number": "C-00001", "relation": "rectification"},
    ]
    assert registered[1]["facts"] == {"severity": "normal", "measure": "复检", "department": "workshop", "amount": None}
    parties = [orjson.loads(event.payload) for event in await works.events("party.recorded.v1")]
    shared = [(party["role"], party["name"]) for party in parties if party["case_id"] == order]
    assert shared == [("customer", CUSTOMER["name"]), ("quality", "质量部")]
    types = [event.type for event in await works.events() if event.key == order]
    assert types == ["party.recorded.v1", "party.recorded.v1", "case.registered.v1"]


async def test_a_linked_case_may_be_of_another_customer_who_is_known_from_its_latest_case(works: Intake) -> None:
    for name in ("旧名", "新名"):
        other = CUSTOMER | {"ref": "C-9", "name": name, "email": "c9@example.com"}
        assert (await works.post("/v1/cases", COMPLAINT | {"customer": other}, by="li")).status_code == 201
    complaint = await complain(works)
    taken = await works.taken(complaint, "tell", {"customers": ["C-9", "C-10", CUSTOMER["ref"]]}, by="li")
    told = [linked["case_id"] for linked in taken["opened"]]

    pages = [(await works.get(f"/v1/cases/{case_id}", by="li")).json() for case_id in told]
    assert [(page["customer_ref"], page["order_ref"]) for page in pages] == [
        ("C-9", None),
        ("C-10", None),
        (CUSTOMER["ref"], "SO-7"),
    ]
    parties = [orjson.loads(event.payload) for event in await works.events("party.recorded.v1")]
    known = [[(party["role"], party["name"]) for party in parties if party["case_id"] == case_id] for case_id in told]
    assert known == [[("customer", "新名")], [], [("customer", CUSTOMER["name"]), ("quality", "质量部")]]
    registered = [orjson.loads(event.payload) for event in await works.events("case.registered.v1")]
    assert [event["customer_ref"] for event in registered][-3:] == ["C-9", "C-10", CUSTOMER["ref"]]


@pytest.mark.parametrize("ref", ["x" * 101, "C\u200b9"])
async def test_what_names_no_customer_refuses_the_step_and_opens_nothing(works: Intake, ref: str) -> None:
    complaint = await complain(works)
    answer = await works.step(complaint, "tell", {"customers": ["C-9", ref]}, by="li")
    assert (answer.status_code, answer.json()["code"]) == (409, "rule_failed")
    assert (await works.get(f"/v1/cases/{complaint}", by="li")).json()["links"] == []


async def test_a_customer_of_another_organisation_is_not_known(works: Intake) -> None:
    other = CUSTOMER | {"ref": "C-9", "name": "外人"}
    answer = await works.post("/v1/cases", COMPLAINT | {"customer": other}, by="li", org=works.foreign)
    assert answer.status_code == 201, answer.text
    complaint = await complain(works)
    [linked] = (await works.taken(complaint, "tell", {"customers": ["C-9"]}, by="li"))["opened"]
    parties = [orjson.loads(event.payload) for event in await works.events("party.recorded.v1")]
    assert [party for party in parties if party["case_id"] == linked["case_id"]] == []


async def test_an_owner_may_be_computed_and_is_the_tables_where_it_is_null(works: Intake) -> None:
    complaint = await complain(works)
    none = await works.taken(complaint, "recover", {"amount": "0"}, by="li")
    small = await works.taken(complaint, "recover", {"amount": "999.99"}, by="li")
    large = await works.taken(complaint, "recover", {"amount": "1000"}, by="li")

    assert none["opened"] == []
    assert [one["owner"] for one in small["opened"]] == ["leader"]
    assert [one["owner"] for one in large["opened"]] == ["quality"]
    page = await works.page(large["opened"][0]["case_id"], by="li")
    assert page["facts"]["amount"] == "1000"


async def test_a_complaint_cannot_close_while_a_rectification_is_open(works: Intake) -> None:
    complaint = await complain(works)
    first, second = await ordered(works, complaint, "workshop", "quality")
    await works.taken(complaint, "recover", {"amount": "5"}, by="li")
    await verified(works, first)

    refused = await works.step(complaint, "close", by="zhou")
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
        409,
        "rectification_open",
        "X-6 Art.6",
    )
    assert refused.json()["fields"] == {"open": ["R-002"]}
    [offer] = [one for one in (await works.page(complaint, by="zhou"))["next"] if one["step"] == "close"]
    assert offer["refusal"]["code"] == "rectification_open"
    await verified(works, second)
    assert (await works.taken(complaint, "close", by="zhou"))["status"] == "done"


async def test_the_parent_reacts_to_a_linked_cases_milestone(works: Intake) -> None:
    complaint = await complain(works)
    first, second = await ordered(works, complaint, "workshop", "quality")
    await works.taken(first, "report", by="lin")
    verify = await works.taken(first, "verify", by="zhou")

    assert verify["step"] == "verify"
    page = await works.page(complaint, by="li")
    assert page["facts"]["verified"] == ["workshop"]
    [line] = [line for line in await lines(works, complaint) if line["what"] == "note_verified"]
    assert (line["source"], line["actor"], line["details"]["milestones"]) == (
        "step",
        "system",
        ["rectification.noted"],
    )
    await verified(works, second)
    assert (await works.page(complaint, by="li"))["facts"]["verified"] == ["workshop", "quality"]
    advanced = [orjson.loads(event.payload) for event in await works.events("case.advanced.v1")]
    assert [event["step"] for event in advanced][-2:] == ["verify", "note_verified"]


async def test_a_linked_case_reacts_to_its_parents_milestone_and_a_refusal_is_written(works: Intake) -> None:
    complaint = await complain(works)
    idle, busy = await ordered(works, complaint, "workshop", "quality")
    await works.taken(busy, "report", by="lin")
    withdrawn = await works.taken(complaint, "withdraw", by="li")

    assert withdrawn["status"] == "done"
    assert (await works.page(idle, by="li"))["status"] == "dropped"
    assert (await works.page(busy, by="li"))["status"] == "reported"
    [line] = [line for line in await lines(works, busy) if line["source"] == "reaction"]
    assert (line["what"], line["label"]) == ("drop", {"zh": "未自动执行：撤销", "en": "Not done automatically: Drop"})
    assert line["details"] == {"event": "case.withdrawn", "code": "step_out_of_order", "of": "C-00001"}
    assert line["cite"] == "X-6 Art.6"


async def test_the_parent_may_react_to_a_linked_case_that_it_has_opened(works: Intake) -> None:
    complaint = await complain(works)
    await works.taken(complaint, "recover", {"amount": "5"}, by="li")
    assert (await works.page(complaint, by="li"))["facts"]["measure"] == "T-001"


async def test_a_refused_reaction_of_the_parent_leaves_the_linked_cases_step_standing(works: Intake) -> None:
    complaint = await complain(works)
    [order] = await ordered(works, complaint, "workshop")
    await works.taken(order, "report", by="lin")
    await works.taken(complaint, "withdraw", by="li")
    await works.taken(order, "verify", by="zhou")

    assert (await works.page(order, by="li"))["status"] == "verified"
    [line] = [line for line in await lines(works, complaint) if line["source"] == "reaction"]
    assert (line["what"], line["details"]["code"], line["details"]["of"]) == (
        "note_verified",
        "step_out_of_order",
        "R-001",
    )


async def test_another_services_event_on_a_linked_case_reaches_the_parent(works: Intake) -> None:
    complaint = await complain(works)
    [order] = await ordered(works, complaint, "workshop")
    breached = sla.ClockBreachedV1(
        case_id=order,
        clock_id="0195f000-0000-7000-8000-000000000001",
        clock="reply",
        label=TextV1(zh="整改", en="Rectification"),
        started_at=START,
        due_at=START,
        breached_at=START,
        cite="X-4 Art.4",
    )
    await works.hear(breached, thing="0195f000-0000-7000-8000-000000000001")

    assert (await works.page(complaint, by="li"))["facts"]["overdue"] == "R-001"
    assert (await works.page(order, by="li"))["facts"]["overdue"] is None


async def test_cases_that_react_to_one_another_stop_and_say_so(works: Intake) -> None:
    complaint = await complain(works)
    taken = await works.taken(complaint, "recover", {"amount": "5"}, by="li")
    recourse = taken["opened"][0]["case_id"]
    await works.taken(complaint, "ping", by="li")

    # One ping by hand, then eight reactions: pong, ping, pong, ping, pong, ping, pong, ping.
    assert (await works.page(complaint, by="li"))["facts"]["count"] == 5
    assert (await works.page(recourse, by="li"))["facts"]["count"] == 4
    [line] = [line for line in await lines(works, recourse) if line["source"] == "reaction"]
    assert (line["what"], line["details"]["code"]) == ("pong", "reactions_too_many")


@pytest.mark.parametrize(
    ("given", "code", "cite"),
    [
        ({"departments": ["workshop", "no_such_role"], "measure": "复检"}, "linked_owner_unknown", "X-6 Art.6"),
        ({"departments": ["workshop"]}, "input_missing", "X-6 Art.6"),
    ],
)
async def test_a_step_whose_linked_case_is_refused_leaves_nothing(
    works: Intake, given: dict[str, Any], code: str, cite: str
) -> None:
    complaint = await complain(works)
    refused = await works.step(complaint, "order", given, by="li")

    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (422, code, cite)
    assert (await works.page(complaint, by="li"))["links"] == []
    assert len(await lines(works, complaint)) == 1
    async with works.db.engine.connect() as conn:
        assert (await conn.execute(select(func.count()).select_from(CASE))).scalar_one() == 1
        assert (await conn.execute(select(func.count()).select_from(LINK))).scalar_one() == 0
    assert [event.type for event in await works.events("case.advanced.v1")] == []
    await ordered(works, complaint, "workshop")
    assert (await works.page(complaint, by="li"))["links"][0]["number"] == "R-001"


async def test_a_type_for_links_is_not_registered_by_hand(works: Intake) -> None:
    body = COMPLAINT | {"case_type": "rectification_order", "channel": "internal", "facts": {"measure": "x"}}
    refused = await works.post("/v1/cases", body, by="li")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_forbidden")
    recourse = await works.post("/v1/cases", COMPLAINT | {"case_type": "recourse"}, by="li")
    assert (recourse.status_code, recourse.json()["code"]) == (422, "channel_unknown")


async def test_the_same_request_again_opens_no_further_case(works: Intake) -> None:
    complaint = await complain(works)
    body = {"input": {"departments": ["workshop"], "measure": "复检"}}
    path = f"/v1/cases/{complaint}/steps/order"
    first = await works.post(path, body, by="li", key="again")
    second = await works.post(path, body, by="li", key="again")

    assert first.json() == second.json()
    assert len((await works.page(complaint, by="li"))["links"]) == 1


async def test_a_linked_case_is_received_when_the_step_happened(works: Intake) -> None:
    complaint = await complain(works)
    await works.advance(timedelta(hours=5))
    given = {"departments": ["workshop"], "measure": "复检"}
    taken = await works.taken(complaint, "order", given, by="li", at="2026-03-05T02:00:00Z")
    page = await works.page(taken["opened"][0]["case_id"], by="li")
    assert (page["received_at"], page["registered_at"]) == ("2026-03-05T02:00:00Z", "2026-03-05T06:00:00Z")


async def test_a_foreign_organisation_sees_no_end_of_a_link(works: Intake) -> None:
    complaint = await complain(works)
    [order] = await ordered(works, complaint, "workshop")
    for case_id in (complaint, order):
        assert (await works.get(f"/v1/cases/{case_id}", by="li", org=works.foreign)).status_code == 404
    refused = await works.post(f"/v1/cases/{order}/steps/report", {"input": {}}, by="lin", org=works.foreign)
    assert refused.status_code == 404
    own = await works.post("/v1/cases", COMPLAINT, by="li", org=works.foreign)
    body = {"input": {"departments": ["workshop"], "measure": "复检"}}
    taken = await works.post(f"/v1/cases/{own.json()['case_id']}/steps/order", body, by="li", org=works.foreign)
    assert [one["number"] for one in taken.json()["opened"]] == ["R-001"]


async def test_two_linked_cases_that_react_to_each_other_at_once_do_not_wait_for_each_other(works: Intake) -> None:
    families = []
    for _ in range(4):
        complaint = await complain(works)
        [order] = await ordered(works, complaint, "workshop")
        await works.taken(order, "report", by="lin")
        families.append((complaint, order))
    both = [
        step
        for complaint, order in families
        for step in (works.step(complaint, "withdraw", by="li"), works.step(order, "verify", by="zhou"))
    ]
    answers = await asyncio.gather(*both)

    assert [answer.status_code for answer in answers] == [200] * 8, [answer.text for answer in answers]
    for complaint, order in families:
        heard = [line["what"] for line in await lines(works, complaint)] + [
            line["what"] for line in await lines(works, order)
        ]
        assert (heard.count("note_verified"), heard.count("drop")) == (1, 1)


async def test_a_case_page_with_links_takes_no_more_statements(works: Intake, statements: Statements) -> None:
    complaint = await complain(works)
    await ordered(works, complaint, "workshop", "quality", "leader")
    statements.seen.clear()
    await works.page(complaint, by="li")
    assert len(statements.seen) <= 3, statements.seen
