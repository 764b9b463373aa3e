"""Purging on a real PostgreSQL: when it is refused, what goes, what stays, and the certificate."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.history import add_entry
from services.intake.documents.store import DOCUMENT
from services.intake.looks.store import declare_keys
from services.intake.retention.jobs import erase_purged_files
from services.intake.retention.store import PURGE
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import CaseId, new_id
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import PNG, START, Intake
from tests.integration.intake.timed_desk import CLERK, LEADER, Desk, a_desk
from tests.support.canary import CANARY, tables_with_canary

PERSON = {
    "ref": f"{CANARY}-ref", "name": f"{CANARY} 有限公司", "email": f"{CANARY}@example.com", "phone": "+86 510 1234567",
}  # fmt: skip
# Archived on 2026-03-05, 09:00 in Shanghai and kept for a year: may go from 2027-03-05, 00:00 there.
SECOND_BEFORE, DAY = "2027-03-04T15:59:59", "2027-03-04T16:00:00"


@pytest.fixture
async def desk(intake: Intake, tmp_path: Path) -> Desk:
    return await a_desk(intake, tmp_path, now=START)


async def archived(desk: Desk) -> str:
    """A case with everything that a case may have, archived at START."""
    async with transaction(desk.db) as tx:
        await declare_keys(tx, {"customer", "facts.phone|order"}, org=desk.intake.org, pack="small")
    facts = {"phone": f"{CANARY}-fact"}
    case = await desk.register(customer=PERSON, facts=facts, description=f"{CANARY} 说明", order_ref=f"{CANARY}-order")
    case_id: str = case["case_id"]
    right = {"name": f"{CANARY} 公司", "phone": None, "order_ref": f"{CANARY}-right", "reason": f"{CANARY} 更正"}
    corrected = await desk.call("POST", f"/v1/cases/{case_id}/corrections", right)
    assert corrected.status_code == 201, corrected.text
    await desk.step(case_id, "write", said=f"{CANARY} 谈话")
    await desk.step(case_id, "visit", staff=f"{CANARY} 人员")
    await desk.step(case_id, "draft")
    await desk.step(case_id, "sign", party="customer", signer=f"{CANARY} 签字")
    await desk.step(case_id, "finalise")
    await desk.close(case_id)
    sent = await desk.send(case_id, PNG, filename=f"{CANARY}.png")
    assert sent.status_code == 201, sent.text
    await desk.step(case_id, "file")
    async with transaction(desk.db) as tx:
        left = {"became": {"from": "question", "to": "complaint"}, "facts_left": {"address": f"{CANARY} 地址"}}
        await add_entry(tx, changed_type(left), org=desk.intake.org, case_id=CaseId(case_id))
    return case_id


def changed_type(details: dict[str, Any]) -> TimelineEntry:
    """A step that made the case one of another type and left facts."""
    return TimelineEntry(
        entry_id=new_id(), at=START, recorded_at=START, source="step", what="take_as_complaint", label_zh="转", label_en="T",
        actor=SYSTEM, cite="X-1 Art.1", milestone=False, details=details,
    )  # fmt: skip


async def purge(desk: Desk, case_id: str, *, roles: tuple[str, ...] = LEADER, **how: Any) -> tuple[int, dict[str, Any]]:
    answer = await desk.call("POST", f"/v1/cases/{case_id}/purge", {}, roles=roles, **how)
    return answer.status_code, answer.json()


async def test_refused_one_second_before_and_done_from_the_day(desk: Desk) -> None:
    case_id = await archived(desk)
    await desk.at(SECOND_BEFORE)
    status, refused = await purge(desk, case_id)
    assert (status, refused["code"], refused["cite"]) == (409, "retention_not_over", "TB-15c Art.4")
    assert refused["fields"] == {"purgeable_on": "2027-03-05"}
    shown = (await desk.page(case_id, roles=LEADER))["retention"]
    assert (shown["purgeable_on"], shown["allowed"], shown["purged"]) == ("2027-03-05", False, False)
    assert shown["kept_since"] == "2026-03-05T01:00:00Z"
    assert shown["refusal"]["code"] == "retention_not_over"
    await desk.at(DAY)
    assert (await desk.page(case_id, roles=LEADER))["retention"]["allowed"] is True
    assert (await desk.page(case_id))["retention"]["refusal"]["code"] == "role_forbidden"
    assert (await purge(desk, case_id))[0] == 200


async def test_nothing_personal_is_left_in_any_table(desk: Desk) -> None:
    case_id = await archived(desk)
    assert set(await tables_with_canary(desk.db, "intake")) >= {
        "case_file", "contact", "document", "evidence", "idempotency", "look_key", "outbox", "party", "record", "timeline_entry", "visit",
    }  # fmt: skip
    await desk.at(DAY)
    status, _ = await purge(desk, case_id)
    assert status == 200
    assert await tables_with_canary(desk.db, "intake") == []


async def test_events_that_were_published_are_kept_without_the_person(desk: Desk) -> None:
    case_id = await archived(desk)
    async with transaction(desk.db) as tx:
        await tx.rows(
            "INSERT INTO outbox_archive SELECT id, now(), seq, aggregatetype, aggregateid, type, topic, payload, "
            "aggregate_version, org_id, key, traceparent, correlation_id, shard, replay_of, occurred_at, created_at "
            "FROM outbox"
        )
        await tx.rows("DELETE FROM outbox")
        [(before,)] = await tx.rows("SELECT count(*) FROM outbox_archive")
    assert any(name.startswith("outbox_archive") for name in await tables_with_canary(desk.db, "intake"))
    await desk.at(DAY)
    await purge(desk, case_id)
    assert await tables_with_canary(desk.db, "intake") == []
    async with transaction(desk.db) as tx:
        [(after,)] = await tx.rows("SELECT count(*) FROM outbox_archive")
    assert after == before


async def test_what_is_left_and_what_the_certificate_says(desk: Desk, tmp_path: Path) -> None:
    case_id = await archived(desk)
    before = await desk.page(case_id)
    await desk.at(DAY)
    status, made = await purge(desk, case_id)
    assert status == 200
    assert (made["certificate"], made["purged_by"], made["rule"]) == ("PC-2027-00001", "li", "complaints")
    assert (made["purged_at"], made["kept_since"]) == ("2027-03-04T16:00:00Z", "2026-03-05T01:00:00Z")
    went = [(item["what"], item["kind"], item["count"]) for item in made["entries"]]
    assert went == [
        ("document", "letter", 1), ("record", "talk", 1), ("evidence", "photo", 1), ("visit", "dispatched", 1),
        ("party", "customer", 1), ("contact", "contact", 1), ("description", "description", 1), ("fact", "phone", 1),
    ]  # fmt: skip
    assert made["entries"][0]["sha256"] == before["documents"][0]["sha256"]
    assert made["entries"][2]["sha256"] == sha256(PNG).hexdigest()
    page = await desk.page(case_id)
    assert {name: page[name] for name in ("number", "case_type", "status", "received_at")} == {
        name: before[name] for name in ("number", "case_type", "status", "received_at")
    }
    assert page["facts"] == before["facts"] | {"phone": None}
    assert (page["customer_ref"], page["order_ref"], page["description"], page["next"]) == ("erased", None, None, [])
    assert (page["documents"][0]["fields"], page["documents"][0]["signatures"]) == ({}, [])
    assert page["documents"][0]["number"] == "L-0001"
    assert (page["retention"]["purged"], page["retention"]["allowed"]) == (True, False)
    assert page["milestones"][-1]["name"] == "case.purged"
    [event] = await desk.intake.events("case.purged.v1")
    payload = orjson.loads(event.payload)
    assert (payload["certificate"], payload["sha256"]) == ("PC-2027-00001", made["sha256"])
    assert event.aggregate_version == page["version"]
    line = (await desk.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"][-1]
    assert (line["what"], line["label"]["zh"]) == ("case.purged", "销毁：投诉保存一年")
    kept = (await desk.call("GET", f"/v1/cases/{case_id}/archive")).json()
    assert kept["entries"][0]["sha256"] == made["entries"][0]["sha256"]


async def test_the_files_go_after_the_commit_and_the_certificate_says_when(desk: Desk, tmp_path: Path) -> None:
    case_id = await archived(desk)
    stored = tmp_path / "objects" / desk.intake.org / case_id / sha256(PNG).hexdigest()
    assert stored.read_bytes() == PNG
    await desk.at(DAY)
    await purge(desk, case_id)
    path = f"/v1/cases/{case_id}/purge-certificate"
    assert (await desk.call("GET", path)).json()["files_erased_at"] is None
    look = (await desk.call("GET", "/v1/quiescence")).json()["work"]
    assert look["erase_files"] == 1
    objects = desk.intake.app.state.objects
    stored.unlink()  # as if a sweep had died before it wrote down what it did
    assert await erase_purged_files(desk.db, objects) == 1
    assert await erase_purged_files(desk.db, objects) == 0
    assert (await desk.call("GET", path)).json()["files_erased_at"] == "2027-03-04T16:00:00Z"
    evidence = (await desk.page(case_id))["evidence"][0]
    gone = await desk.call("GET", f"/v1/cases/{case_id}/evidence/{evidence['evidence_id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "evidence_purged")


async def test_the_files_are_erased_from_the_store(desk: Desk, tmp_path: Path) -> None:
    case_id = await archived(desk)
    await desk.at(DAY)
    await purge(desk, case_id)
    await erase_purged_files(desk.db, desk.intake.app.state.objects)
    assert [file for file in (tmp_path / "objects").rglob("*") if file.is_file()] == []


async def test_held_back_while_it_is_important(desk: Desk) -> None:
    case_id = await archived(desk)
    await desk.step(case_id, "mark", roles=LEADER)
    await desk.at(DAY)
    status, refused = await purge(desk, case_id)
    assert (status, refused["code"], refused["cite"]) == (409, "retention_hold", "TB-15c Art.4")
    await desk.step(case_id, "mark", roles=LEADER)
    assert (await purge(desk, case_id))[0] == 200


async def test_another_role_and_another_organisation(desk: Desk) -> None:
    case_id = await archived(desk)
    await desk.at(DAY)
    status, refused = await purge(desk, case_id, roles=CLERK)
    assert (status, refused["code"], refused["fields"]) == (403, "role_forbidden", {"roles": ["leader"]})
    assert (await purge(desk, case_id, org=desk.intake.foreign))[0] == 404
    assert (await desk.page(case_id))["description"] is not None
    await purge(desk, case_id)
    path = f"/v1/cases/{case_id}/purge-certificate"
    assert (await desk.call("GET", path)).status_code == 200
    foreign = await desk.call("GET", path, org=desk.intake.foreign)
    unknown = await desk.call("GET", f"/v1/cases/{new_id()}/purge-certificate")
    assert (
        (foreign.status_code, foreign.json()["code"])
        == (unknown.status_code, unknown.json()["code"])
        == (404, "not_found")
    )


async def test_a_case_is_purged_once(desk: Desk) -> None:
    case_id = await archived(desk)
    await desk.at(DAY)
    key = new_id()
    answers = await asyncio.gather(*(purge(desk, case_id, key=key) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    others = await asyncio.gather(*(purge(desk, case_id) for _ in range(4)))
    assert {(status, answer["code"]) for status, answer in others} == {(409, "case_purged")}
    assert len(await desk.intake.events("case.purged.v1")) == 1
    async with desk.db.engine.connect() as conn:
        assert len((await conn.execute(select(PURGE))).all()) == 1


async def test_nothing_is_added_to_a_purged_case(desk: Desk) -> None:
    case_id = await archived(desk)
    await desk.at(DAY)
    await purge(desk, case_id)
    step = await desk.call("POST", f"/v1/cases/{case_id}/steps/mark", {"input": {}}, roles=LEADER)
    file = await desk.send(case_id, PNG, filename="b.png")
    assert [(a.status_code, a.json()["code"]) for a in (step, file)] == [(409, "case_purged")] * 2


async def test_a_case_that_is_not_kept_by_a_rule_or_not_archived_yet(desk: Desk) -> None:
    await desk.at("2026-03-05T16:00:00")
    await desk.sweep()
    [diary] = await desk.periods("diary")
    assert (await purge(desk, diary["case_id"]))[1]["code"] == "retention_unlimited"
    assert (await desk.page(diary["case_id"]))["retention"] is None
    case_id = (await desk.register())["case_id"]
    assert (await purge(desk, case_id))[1]["code"] == "retention_not_begun"
    none_yet = await desk.call("GET", f"/v1/cases/{case_id}/purge-certificate")
    assert (none_yet.status_code, none_yet.json()["code"]) == (409, "not_purged")


async def test_final_papers_still_never_change_but_by_their_own_cases_purge(desk: Desk) -> None:
    case_id, other = await archived(desk), await archived(desk)

    async def blank(*, purging: str) -> None:
        async with transaction(desk.db) as tx:
            await tx.rows("SELECT set_config('intake.purging', $1, true)", (purging,))
            await tx.execute(DOCUMENT.update().where(DOCUMENT.c.case_id == case_id).values(fields={}))

    for purging in ("", other):
        with pytest.raises(DBAPIError, match="a final paper never changes"):
            await blank(purging=purging)


async def test_a_repeated_registration_makes_no_second_case_and_says_no_name(desk: Desk) -> None:
    key = new_id()
    case_id = (await desk.register(customer=PERSON, key=key))["case_id"]
    await desk.close(case_id)
    await desk.step(case_id, "file")
    await desk.at(DAY)
    await purge(desk, case_id)
    again = await desk.register(customer=PERSON, key=key)
    assert again == {"case_id": case_id, "purged": True}
