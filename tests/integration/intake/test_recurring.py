"""Recurring cases on a real PostgreSQL: once per period, in order, on simulated and real clocks, with samples."""

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select, update

from services.intake.looks.jobs import fill_keys
from services.intake.recurring.jobs import open_real, open_simulated
from services.intake.recurring.store import RECURRENCE
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.timed_desk import Desk, a_desk
from tests.support.timed_pack import INTAKE_TIMED, timed_documents

# START is Thursday 2026-03-05, 09:00 in Shanghai.


@pytest.fixture
async def desk(intake: Intake, tmp_path: Path) -> Desk:
    return await a_desk(intake, tmp_path, now=START)


async def test_a_case_opens_at_the_first_instant_after_its_period(desk: Desk) -> None:
    await desk.at("2026-03-05T15:59:59")
    assert await desk.quiescence() == (0, "2026-03-05T16:00:00Z")
    assert await desk.sweep() == 0
    await desk.at("2026-03-05T16:00:00")
    assert await desk.quiescence() == (1, "2026-03-31T16:00:00Z")
    assert await desk.sweep() == 1
    assert await desk.quiescence() == (0, "2026-03-06T16:00:00Z")
    [period] = await desk.periods("diary")
    assert (period["period"], period["outcome"], period["number"]) == ("2026-03-05", "opened", "D-20260306-01")
    assert (period["starts_at"], period["ends_at"]) == ("2026-03-04T16:00:00Z", "2026-03-05T16:00:00Z")
    page = await desk.page(period["case_id"])
    assert (page["case_type"], page["channel"], page["owner"]) == ("diary", "internal", "clerk")
    assert (page["first_responder"], page["received_at"]) == ("system", "2026-03-05T16:00:00Z")
    [event] = await desk.intake.events("case.registered.v1")
    assert orjson.loads(event.payload)["number"] == "D-20260306-01"


async def test_what_was_missed_is_made_up_for_in_order_each_once(desk: Desk) -> None:
    await desk.at("2026-03-10T02:00:00")
    assert await desk.sweep() == 5
    assert await desk.sweep() == 0
    found = await desk.periods("diary")
    assert [item["period"] for item in found] == [f"2026-03-{day:02d}" for day in range(5, 10)]
    pages = [await desk.page(item["case_id"]) for item in found]
    assert [page["number"] for page in pages] == [f"D-202603{day:02d}-01" for day in range(6, 11)]
    assert [page["received_at"] for page in pages] == [f"2026-03-{day:02d}T16:00:00Z" for day in range(5, 10)]
    assert {page["registered_at"] for page in pages} == {"2026-03-10T02:00:00Z"}
    opened = [orjson.loads(event.payload)["number"] for event in await desk.intake.events("case.registered.v1")]
    assert opened == [page["number"] for page in pages]


async def test_many_jobs_at_once_open_each_period_once(desk: Desk) -> None:
    await desk.at("2026-04-02T02:00:00")
    done = 0
    while (more := await desk.sweep(workers=8)) > 0:
        done += more
    diaries, audits = await desk.periods("diary"), await desk.periods("audit")
    assert done == len(diaries) + len(audits) == 28 + 1  # 5 March to 1 April, and the first quarter
    assert [item["period"] for item in diaries] == sorted({item["period"] for item in diaries})
    opened = [orjson.loads(event.payload)["number"] for event in await desk.intake.events("case.registered.v1")]
    assert len(opened) == 29
    assert [number for number in opened if number.startswith("D")] == [item["number"] for item in diaries]


async def test_the_audit_draws_a_fifth_of_what_was_closed_in_the_quarter(desk: Desk) -> None:
    await desk.at("2026-03-31T15:59:00")
    closed = [await desk.closed_complaint() for _ in range(6)]
    await desk.closed_complaint(severity="major")  # the condition leaves it out
    await desk.at("2026-03-31T16:00:00")
    late = await desk.closed_complaint()  # the next quarter's
    while await desk.sweep():
        pass
    [audit] = await desk.periods("audit")
    assert (audit["period"], audit["population"], len(audit["sample"])) == ("2026-Q1", 6, 2)  # 1.2 is two cases
    assert set(audit["sample"]) < set(closed)
    page = await desk.page(audit["case_id"])
    assert (page["number"], page["owner"]) == ("A-202604-001", "leader")
    assert page["facts"]["drawn"] == audit["sample"]
    assert (page["facts"]["period"], page["facts"]["population"]) == ("2026-Q1", 6)
    await desk.at("2026-06-30T16:00:00")
    while await desk.sweep():
        pass
    assert [item["sample"] for item in await desk.periods("audit")] == [audit["sample"], [late]]


async def test_what_the_packs_rules_refuse_is_on_record_and_holds_nothing_up(desk: Desk, tmp_path: Path) -> None:
    wrong = INTAKE_TIMED.replace("population: sample.population}", "population: period.label}")
    await desk.publish(timed_documents(tmp_path / "wrong", intake=wrong, effective_from="2026-03-05"))
    await desk.at("2026-04-01T02:00:00")
    while await desk.sweep():
        pass
    [audit] = await desk.periods("audit")
    assert (audit["outcome"], audit["code"], audit["case_id"]) == ("refused", "fact_invalid", None)
    assert len(await desk.periods("diary")) == 27
    assert (await desk.quiescence())[0] == 0


async def test_a_new_version_changes_the_rhythm_from_its_day(desk: Desk, tmp_path: Path) -> None:
    weekly = INTAKE_TIMED.replace("every: day\n", "every: week\n")
    await desk.publish(timed_documents(tmp_path / "weekly", intake=weekly, effective_from="2026-03-07"))
    dropped = INTAKE_TIMED.replace(
        INTAKE_TIMED[INTAKE_TIMED.index("  - id: diary") : INTAKE_TIMED.index("  - id: audit\n    label: {zh: 季度")],
        "",
    )
    await desk.publish(timed_documents(tmp_path / "dropped", intake=dropped, effective_from="2026-03-20"))
    await desk.at("2026-03-31T02:00:00")
    while await desk.sweep():
        pass
    # Daily at the end of the 5th; the 6th ends at the instant at which weeks begin to count; the 20th ends it.
    assert [item["period"] for item in await desk.periods("diary")] == ["2026-03-05", "2026-W10", "2026-W11"]
    assert await desk.quiescence() == (0, "2026-03-31T16:00:00Z")


async def test_nothing_before_the_publication_is_made_up_for(desk: Desk) -> None:
    """The pack is in force since 1 January; it was published on 5 March."""
    while await desk.sweep():
        pass
    assert await desk.periods("diary") == []


async def test_the_list_is_the_organisations_own_and_in_pages(desk: Desk) -> None:
    await desk.at("2026-03-08T02:00:00")
    await desk.sweep()
    first = (await desk.call("GET", "/v1/recurring", params={"limit": 2})).json()
    rest = (await desk.call("GET", "/v1/recurring", params={"limit": 2, "after": first["next"]})).json()
    assert [i["period"] for i in (*first["items"], *rest["items"])] == ["2026-03-05", "2026-03-06", "2026-03-07"]
    assert (await desk.call("GET", "/v1/recurring", org=desk.intake.foreign)).json()["items"] == []


async def test_a_real_organisation_follows_the_databases_clock(intake: Intake, tmp_path: Path) -> None:
    desk = await a_desk(intake, tmp_path, now=None)
    org = desk.intake.org
    assert await open_real(intake.db) == 0
    table = RECURRENCE.c
    mine = (table.org_id == org, table.recurring == "diary")
    async with transaction(intake.db) as tx:
        next_at: datetime = (await tx.execute(select(table.next_at).where(*mine))).scalar_one()
        now: datetime = (await tx.execute(select(func.now()))).scalar_one()
        assert now < next_at <= now + timedelta(days=1)
        downtime = next_at - timedelta(days=3)
        await tx.execute(update(RECURRENCE).where(*mine).values(since=downtime, next_at=downtime))
    assert await open_simulated(intake.db) == 0
    assert await open_real(intake.db) == 3
    due = [datetime.fromisoformat(item["due_at"]) for item in await desk.periods("diary")]
    assert due == [next_at - timedelta(days=days) for days in (3, 2, 1)]


async def test_a_period_whose_case_may_not_be_a_second_one_is_refused_on_record(desk: Desk, tmp_path: Path) -> None:
    once = """\
unique:
  - id: one_diary_a_month
    label: {zh: 每月一份, en: One a month}
    case_types: [diary]
    same: [case_type]
    period: month
    code: diary_taken
    message: {zh: 本月已有, en: This month has one}
    cite: DR-8 Art.8
steps:
"""
    text = INTAKE_TIMED.replace("steps:\n", once, 1)
    await desk.publish(timed_documents(tmp_path / "once", intake=text, effective_from="2026-03-05"))
    while await fill_keys(desk.db):
        pass
    await desk.at("2026-03-07T16:30:00")
    while await desk.sweep():
        pass
    periods = await desk.periods("diary")
    assert [(each["period"], each["outcome"], each["code"]) for each in periods] == [
        ("2026-03-05", "opened", None),
        ("2026-03-06", "refused", "diary_taken"),
        ("2026-03-07", "refused", "diary_taken"),
    ]
