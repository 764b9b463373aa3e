"""Files whose term is over, on a real PostgreSQL: erased once, with what stays; explained; held back; never half."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.intake.terms.jobs import end_real, end_simulated, erase_term_files
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import PNG, START, Intake
from tests.integration.intake.timed_desk import LEADER, Desk, a_desk
from tests.support.timed_pack import INTAKE_TIMED, timed_documents

# Closed on 2026-03-05, 09:00 in Shanghai: photos go on 3 June, 00:00 there; those of major cases on 5 March 2027.
SECOND_BEFORE, DAY = "2026-06-02T15:59:59", "2026-06-02T16:00:00"
SECOND_BEFORE_MAJOR, DAY_MAJOR = "2027-03-04T15:59:59", "2027-03-04T16:00:00"
SCAN = PNG + b"\0"

_TERMS = """\
evidence_retention:
  - id: photos
    label: {zh: 照片保存九十天, en: Photos are kept ninety days}
    cite: TB-15a Art.4
    kinds: [photo]
    from: case.closed
    keep: {amount: 90, unit: day}
  - id: major_photos
    label: {zh: 重大投诉照片保存一年, en: Photos of major complaints are kept a year}
    cite: TB-15b Art.4
    kinds: [photo]
    when: facts.severity == 'major'
    from: case.closed
    keep: {amount: 1, unit: year}
  - id: scans
    label: {zh: 扫描件保存两年, en: Scans are kept two years}
    cite: TB-15d Art.4
    kinds: [scan]
    from: evidence.added
    keep: {amount: 2, unit: year}
"""
INTAKE_TERMS = (
    INTAKE_TIMED.replace(
        "evidence:\n", "evidence:\n  - {id: scan, label: {zh: 扫描件, en: Scan}, media_types: [image/png]}\n"
    )
    + _TERMS
)


@pytest.fixture
async def desk(intake: Intake, tmp_path: Path) -> Desk:
    desk = await a_desk(intake, tmp_path, now=START)
    await desk.publish(timed_documents(tmp_path / "terms", intake=INTAKE_TERMS, effective_from="2026-03-05"))
    return desk


async def filed(desk: Desk, *kinds: str, **facts: Any) -> str:
    """A closed case with a file of each kind."""
    case_id: str = (await desk.register(facts=facts))["case_id"]
    for kind in kinds:
        sent = await send(desk, case_id, SCAN if kind == "scan" else PNG, kind=kind)
        assert sent["sha256"]
    await desk.close(case_id)
    return case_id


async def send(desk: Desk, case_id: str, content: bytes, *, kind: str) -> dict[str, Any]:
    sent = await desk.intake.client.post(
        f"/v1/cases/{case_id}/evidence",
        files={"file": (f"{kind}.png", content, "image/png")},
        data={"kind": kind},
        headers=desk.headers("cases:read cases:write"),
    )
    return {"status": sent.status_code, **sent.json()}


async def swept(desk: Desk, *, workers: int = 1) -> None:
    while sum(await asyncio.gather(*(end_simulated(desk.db) for _ in range(workers)))):
        pass
    while await erase_term_files(desk.db, desk.intake.app.state.objects):
        pass


async def files_of(desk: Desk, case_id: str) -> Mapping[str, dict[str, Any]]:
    return {item["kind"]: item for item in (await desk.page(case_id))["evidence"]}


def stored(desk: Desk, tmp_path: Path, case_id: str, content: bytes) -> Path:
    return tmp_path / "objects" / desk.intake.org / case_id / sha256(content).hexdigest()


async def test_a_file_goes_at_the_midnight_after_its_term_and_what_stays_says_why(desk: Desk, tmp_path: Path) -> None:
    case_id = await filed(desk, "photo", "scan")
    before = await desk.page(case_id)
    await desk.at(SECOND_BEFORE)
    await swept(desk)
    assert (await files_of(desk, case_id))["photo"]["erased"] is None
    assert stored(desk, tmp_path, case_id, PNG).read_bytes() == PNG
    await desk.at(DAY)
    await swept(desk)
    found = await files_of(desk, case_id)
    assert found["photo"]["erased"] == {
        "rule": "photos",
        "label": {"zh": "照片保存九十天", "en": "Photos are kept ninety days"},
        "cite": "TB-15a Art.4",
        "kept_since": "2026-03-05T01:00:00Z",
        "until": "2026-06-03",
        "erased_at": "2026-06-02T16:00:00Z",
        "file_erased_at": "2026-06-02T16:00:00Z",
    }
    assert (found["photo"]["sha256"], found["photo"]["filename"]) == (sha256(PNG).hexdigest(), None)
    assert found["scan"]["erased"] is None
    assert not stored(desk, tmp_path, case_id, PNG).exists()
    assert stored(desk, tmp_path, case_id, SCAN).read_bytes() == SCAN
    page = await desk.page(case_id)
    assert {name: page[name] for name in ("status", "facts", "milestones", "customer", "version")} == {
        name: before[name] for name in ("status", "facts", "milestones", "customer", "version")
    }
    gone = await desk.call("GET", f"/v1/cases/{case_id}/evidence/{found['photo']['evidence_id']}")
    assert (gone.status_code, gone.json()["code"], gone.json()["cite"]) == (404, "evidence_erased", "TB-15a Art.4")
    assert gone.json()["fields"] == {"rule": "photos", "until": "2026-06-03"}
    line = (await desk.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"][-1]
    assert (line["what"], line["actor"], line["cite"]) == ("evidence.erased", "system", "TB-15a Art.4")
    assert line["details"] == {
        "kind": "photo", "sha256": sha256(PNG).hexdigest(), "rule": "photos", "until": "2026-06-03",
    }  # fmt: skip


async def test_the_outcome_of_the_case_makes_the_term_longer(desk: Desk) -> None:
    case_id = await filed(desk, "photo", severity="major")
    await desk.at(SECOND_BEFORE_MAJOR)
    await swept(desk)
    assert (await files_of(desk, case_id))["photo"]["erased"] is None
    await desk.at(DAY_MAJOR)
    await swept(desk)
    assert (await files_of(desk, case_id))["photo"]["erased"]["rule"] == "major_photos"


async def test_until_when_and_by_which_rule_is_explained(desk: Desk) -> None:
    case_id = await filed(desk, "photo", severity="major")
    told = (await desk.call("GET", f"/v1/cases/{case_id}/retention", roles=LEADER)).json()
    [photo] = told["evidence"]
    assert (photo["kind"], photo["until"], photo["erased"]) == ("photo", "2027-03-05", None)
    assert [(each["rule"], each["keep"], each["until"], each["place"]) for each in photo["rules"]] == [
        ("photos", "90 day", "2026-06-03", "less_specific"),
        ("major_photos", "1 year", "2027-03-05", "decides"),
    ]
    assert (photo["rules"][1]["counts_from"], photo["rules"][1]["cite"]) == ("case.closed", "TB-15b Art.4")
    assert [(each["rule"], each["until"], each["place"]) for each in told["rules"]] == [("complaints", None, "decides")]
    assert told["retention"]["refusal"]["code"] == "retention_not_begun"
    assert told["hold"] is None
    foreign = await desk.call("GET", f"/v1/cases/{case_id}/retention", org=desk.intake.foreign)
    assert foreign.status_code == 404


async def test_nothing_goes_while_the_case_is_held_back_or_handled(desk: Desk) -> None:
    held, handled = await filed(desk, "photo"), (await desk.register())["case_id"]
    await desk.step(held, "file")
    await desk.step(held, "mark", roles=LEADER)  # important: the pack's retention holds it back
    assert (await send(desk, handled, PNG, kind="photo"))["status"] == 201
    await desk.at(DAY)
    await swept(desk)
    assert [(await files_of(desk, each))["photo"]["erased"] for each in (held, handled)] == [None, None]
    told = (await desk.call("GET", f"/v1/cases/{held}/retention")).json()
    assert (told["hold"]["rule"], told["hold"]["cite"]) == ("complaints", "TB-15c Art.4")
    assert (await desk.call("GET", "/v1/quiescence")).json()["next_due_at"] is not None
    await desk.step(held, "mark", roles=LEADER)
    await swept(desk)
    assert (await files_of(desk, held))["photo"]["erased"]["rule"] == "photos"
    await desk.close(handled)
    assert (await files_of(desk, handled))["photo"]["erased"] is None


async def test_many_jobs_at_once_erase_each_file_once(desk: Desk) -> None:
    cases = [await filed(desk, "photo") for _ in range(4)]
    await desk.at(DAY)
    assert (await desk.call("GET", "/v1/quiescence")).json()["work"]["file_terms"] == 4
    await swept(desk, workers=8)
    for case_id in cases:
        lines = (await desk.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"]
        assert [line["what"] for line in lines].count("evidence.erased") == 1
    work = (await desk.call("GET", "/v1/quiescence")).json()["work"]
    assert (work["file_terms"], work["erase_term_files"]) == (0, 0)


async def test_content_that_another_file_of_the_case_has_stays_for_that_one(desk: Desk, tmp_path: Path) -> None:
    case_id: str = (await desk.register())["case_id"]
    for kind in ("photo", "scan"):
        assert (await send(desk, case_id, PNG, kind=kind))["status"] == 201
    await desk.close(case_id)
    await desk.at(DAY)
    await swept(desk)
    found = await files_of(desk, case_id)
    assert (found["photo"]["erased"]["rule"], found["scan"]["erased"]) == ("photos", None)
    back = await desk.call("GET", f"/v1/cases/{case_id}/evidence/{found['scan']['evidence_id']}")
    assert back.content == PNG
    await desk.at("2028-03-04T16:00:00")
    await swept(desk)
    assert not stored(desk, tmp_path, case_id, PNG).exists()


async def test_what_was_erased_is_not_filed_again_and_leaves_nothing_in_the_store(desk: Desk, tmp_path: Path) -> None:
    case_id = await filed(desk, "photo")
    await desk.at(DAY)
    await swept(desk)
    for kind in ("photo", "scan"):
        again = await send(desk, case_id, PNG, kind=kind)
        assert (again["status"], again["code"], again["cite"]) == (409, "evidence_term_over", "TB-15a Art.4")
        assert again["fields"] == {"rule": "photos", "until": "2026-06-03"}
    assert not stored(desk, tmp_path, case_id, PNG).exists()
    assert (await send(desk, case_id, SCAN, kind="photo"))["status"] == 201  # other content is another file
    other = await filed(desk, "photo")
    assert stored(desk, tmp_path, other, PNG).read_bytes() == PNG


async def test_a_stop_between_the_record_and_the_store_is_made_good(desk: Desk, tmp_path: Path) -> None:
    case_id = await filed(desk, "photo")
    await desk.at(DAY)
    assert await end_simulated(desk.db) == 1
    found = (await files_of(desk, case_id))["photo"]["erased"]
    assert (found["rule"], found["file_erased_at"]) == ("photos", None)
    assert stored(desk, tmp_path, case_id, PNG).exists()
    stored(desk, tmp_path, case_id, PNG).unlink()  # as if the job had died before it wrote down what it did
    objects = desk.intake.app.state.objects
    assert await erase_term_files(desk.db, objects) == 1
    assert await erase_term_files(desk.db, objects) == 0
    assert (await files_of(desk, case_id))["photo"]["erased"]["file_erased_at"] == "2026-06-02T16:00:00Z"


async def test_a_purge_waits_for_the_files_and_takes_what_stays_of_them_along(desk: Desk) -> None:
    case_id = await filed(desk, "photo", "scan")
    await desk.step(case_id, "file")
    await desk.at("2027-03-04T16:00:00")  # the case itself might go
    await swept(desk)
    refused = await desk.call("POST", f"/v1/cases/{case_id}/purge", {}, roles=LEADER)
    assert (refused.json()["code"], refused.json()["fields"]) == ("retention_not_over", {"purgeable_on": "2028-03-05"})
    await desk.at("2028-03-04T16:00:00")
    await swept(desk)
    done = await desk.call("POST", f"/v1/cases/{case_id}/purge", {}, roles=LEADER)
    assert done.status_code == 200, done.text
    assert [(each["kind"], each["sha256"]) for each in done.json()["entries"] if each["what"] == "evidence"] == []
    async with transaction(desk.db) as tx:
        assert await tx.rows("SELECT 1 FROM intake.file_term") == []


async def test_a_real_organisation_follows_the_databases_clock(intake: Intake, tmp_path: Path) -> None:
    desk = await a_desk(intake, tmp_path, now=None)
    async with transaction(intake.db) as tx:
        [(today,)] = await tx.rows("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
    short = INTAKE_TERMS.replace("{amount: 90, unit: day}", "{amount: 0, unit: day}")
    await desk.publish(timed_documents(tmp_path / "short", intake=short, effective_from=today.isoformat()))
    case_id = await filed(desk, "photo")
    assert await end_simulated(intake.db) == 0
    assert await end_real(intake.db) == 1
    assert (await files_of(desk, case_id))["photo"]["erased"]["until"] == today.isoformat()
