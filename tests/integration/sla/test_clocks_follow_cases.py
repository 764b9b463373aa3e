"""Clocks of the steel pack on a real PostgreSQL: LG-33, LG-35a to LG-35d."""

from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, update

from services.sla.cases.rules import CaseNotHereYet
from services.sla.clocks import jobs
from services.sla.clocks.store.tables import ALARM, CLOCK, TARGET
from services.sla.consumers import HANDLERS
from shared.contracts import topics
from shared.platform.db.transaction import transaction
from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst


def due(clock: dict[str, object]) -> datetime:
    return cst_of(str(clock["due_at"]))


def cst_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("accepted", "province", "departure", "cycle"),
    [
        ("2026-03-05T10:00", "Shandong", "2026-03-09T17:00", "2026-03-16T17:00"),
        ("2026-03-05T10:00", "Jiangsu", "2026-03-10T17:00", "2026-03-16T17:00"),
        ("2026-09-30T10:00", "Jiangsu", "2026-10-10T17:00", "2026-10-15T17:00"),
    ],
)
async def test_acceptance_starts_both_clocks(
    sla: Sla, accepted: str, province: str, departure: str, cycle: str
) -> None:
    await sla.organisation(now=accepted)
    case_id = await sla.accepted(at=accepted, province=province, needs_visit=True)
    clocks = await sla.clocks(case_id)
    assert due(clocks["departure"]) == cst(departure)
    assert due(clocks["cycle"]) == cst(cycle)
    assert clocks["departure"]["cite"] == ("LG-35a Art.35" if province == "Shandong" else "LG-35b Art.35")
    assert clocks["cycle"]["state"] == "running"
    assert await sla.kinds(case_id) == ["departure clock.started", "cycle clock.started"]


async def test_no_visit_no_departure_clock_until_one_is_needed_after_all(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(province="Shandong", needs_visit=False)
    assert set(await sla.clocks(case_id)) == {"cycle"}
    await sla.step(case_id, at="2026-03-06T10:00", province="Shandong", needs_visit=True)
    departure = (await sla.clocks(case_id))["departure"]
    assert cst_of(departure["started_at"]) == cst("2026-03-05T10:00")
    assert due(departure) == cst("2026-03-09T17:00")
    await sla.step(case_id, at="2026-03-06T11:00", province="Shandong", needs_visit=False)
    assert (await sla.clocks(case_id))["departure"]["state"] == "cancelled"


async def test_major_retargets_from_the_original_start(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(severity="normal")
    await sla.clock_to("2026-03-09T10:00")
    await sla.step(case_id, "case.classified", at="2026-03-09T10:00", severity="major")
    cycle = (await sla.clocks(case_id))["cycle"]
    assert due(cycle) == cst("2026-04-02T17:00")
    assert (cycle["goal"], cycle["cite"]) == ("major", "LG-35d Art.35")
    assert cst_of(cycle["started_at"]) == cst("2026-03-05T10:00")
    moved = orjson.loads((await sla.events(case_id))[-1].payload)
    assert cst_of(moved["previous_due_at"]) == cst("2026-03-16T17:00")
    await sla.clock_to("2026-04-02T17:00")
    assert (await sla.clocks(case_id))["cycle"]["breaches"] == []
    await sla.clock_to("2026-04-02T17:01")
    assert len((await sla.clocks(case_id))["cycle"]["breaches"]) == 1


async def test_a_breach_of_the_normal_cycle_is_superseded_by_the_major_one(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(severity="normal")
    await sla.clock_to("2026-03-17T09:00")
    assert (await sla.clocks(case_id))["cycle"]["breached"] is True
    await sla.step(case_id, at="2026-03-17T09:00", severity="major")
    cycle = (await sla.clocks(case_id))["cycle"]
    assert [(breach["due_at"][:10], breach["mark"]) for breach in cycle["breaches"]] == [("2026-03-16", "superseded")]
    assert (cycle["state"], cycle["breached"]) == ("running", False)
    await sla.step(case_id, at="2026-03-17T10:00", severity="normal")
    cycle = (await sla.clocks(case_id))["cycle"]
    assert [breach["mark"] for breach in cycle["breaches"]] == ["standing"]
    await sla.clock_to("2026-03-18T09:00")
    assert (await sla.kinds(case_id)).count("cycle clock.breached") == 1


async def test_done_exactly_at_the_due_instant_is_met_a_moment_later_missed(sla: Sla) -> None:
    await sla.organisation()
    facts: dict[str, Any] = {"province": "Shandong", "needs_visit": True}
    punctual, late = await sla.accepted(**facts), await sla.accepted(**facts)
    await sla.clock_to("2026-03-09T17:00")
    await sla.step(punctual, "visit.dispatched", at="2026-03-09T17:00", **facts)
    departure = (await sla.clocks(punctual))["departure"]
    assert (departure["state"], departure["breaches"]) == ("met", [])
    await sla.clock_to("2026-03-09T17:01")
    await sla.step(late, "visit.dispatched", at="2026-03-09T17:01", **facts)
    departure = (await sla.clocks(late))["departure"]
    assert (departure["state"], len(departure["breaches"])) == ("missed", 1)
    assert [kind for kind in await sla.kinds(late) if "departure" in kind] == [
        "departure clock.started",
        "departure clock.warned",
        "departure clock.breached",
        "departure clock.stopped",
    ]


async def test_a_late_event_breaches_even_when_the_alarm_has_not_fired(sla: Sla) -> None:
    await sla.organisation()
    facts: dict[str, Any] = {"province": "Shandong", "needs_visit": True}
    case_id = await sla.accepted(**facts)
    await sla.clock_to("2026-03-09T17:01", fire=False)
    await sla.step(case_id, "visit.dispatched", at="2026-03-09T17:00:00.001", recorded_at="2026-03-09T17:01", **facts)
    await sla.clock_to("2026-03-10T09:00")
    departure = (await sla.clocks(case_id))["departure"]
    assert (departure["state"], len(departure["breaches"])) == ("missed", 1)
    assert (await sla.kinds(case_id)).count("departure clock.breached") == 1


async def test_done_in_time_but_reported_late_is_met_and_the_breach_is_marked(sla: Sla) -> None:
    await sla.organisation()
    facts: dict[str, Any] = {"province": "Shandong", "needs_visit": True}
    case_id = await sla.accepted(**facts)
    await sla.clock_to("2026-03-09T18:00")
    await sla.step(case_id, "visit.dispatched", at="2026-03-09T16:00", recorded_at="2026-03-09T18:00", **facts)
    departure = (await sla.clocks(case_id))["departure"]
    assert departure["state"] == "met"
    assert [breach["mark"] for breach in departure["breaches"]] == ["reported_late"]


async def test_a_stated_instant_is_never_later_than_its_recording(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.register()
    await sla.step(case_id, "case.accepted", at="2026-03-20T10:00", recorded_at="2026-03-05T10:00")
    assert cst_of((await sla.clocks(case_id))["cycle"]["started_at"]) == cst("2026-03-05T10:00")


async def test_closing_cancels_and_disarms(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.step(case_id, "case.closed", at="2026-03-06T10:00")
    assert (await sla.clocks(case_id))["cycle"]["state"] == "cancelled"
    assert {state for _, state in await sla.alarms()} == {"cancelled"}
    await sla.clock_to("2026-04-01T10:00")
    assert "cycle clock.breached" not in await sla.kinds(case_id)


async def test_an_event_before_its_case_waits(sla: Sla) -> None:
    await sla.organisation()
    with pytest.raises(CaseNotHereYet):
        await sla.step("01890a5d-ac96-774b-bcce-b302099a8057", "case.accepted", at="2026-03-05T10:00")


async def test_beyond_the_confirmed_calendar_a_clock_has_no_due_instant_and_says_so(sla: Sla) -> None:
    await sla.organisation(now="2026-12-28T09:00")
    case_id = await sla.accepted(at="2026-12-28T10:00")
    cycle = (await sla.clocks(case_id))["cycle"]
    assert (cycle["state"], cycle["due_at"]) == ("undated", None)
    assert await sla.kinds(case_id) == []
    explained = (await sla.get(f"/v1/cases/{case_id}/clocks/cycle/explain")).json()
    assert (explained["days"], explained["due_at"]) == ([], None)
    refused = await sla.post(
        f"/v1/cases/{case_id}/clocks/cycle/extensions", {"opinion": "x", "proposed_due_on": "2027-01-20"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "clock_not_running")
    await sla.step(case_id, "result_notice.issued", at="2026-12-29T10:00")
    assert (await sla.clocks(case_id))["cycle"]["state"] == "met"


async def test_a_goal_that_leaves_the_confirmed_calendar_undates_a_running_clock(sla: Sla) -> None:
    await sla.organisation(now="2026-12-10T09:00")
    case_id = await sla.accepted(at="2026-12-10T10:00", severity="normal")
    await sla.step(case_id, at="2026-12-11T10:00", severity="major")
    assert (await sla.clocks(case_id))["cycle"]["state"] == "undated"
    await sla.clock_to("2026-12-22T09:00")
    assert "cycle clock.breached" not in await sla.kinds(case_id)
    await sla.step(case_id, at="2026-12-18T10:00", severity="normal")
    assert (await sla.clocks(case_id))["cycle"]["due_at"][:10] == "2026-12-21"


async def test_other_topics_move_clocks_too(sla: Sla) -> None:
    assert {contract.TOPIC for contract in HANDLERS} == {topics.INTAKE, topics.SETTLEMENT, topics.NOTIFY}


async def test_a_clock_is_dated_once_its_calendar_is_confirmed(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(severity="normal")
    nothing = dict.fromkeys(("goal", "target_cite", "due_at", "original_due_at", "target_set_at", "why"))
    forgotten = {"status": "undated", "gen": 0, "warn_at": [], "calendars": {"cn-workdays": "an older release's"}}
    async with transaction(sla.db) as tx:
        await tx.execute(update(ALARM).values(state="cancelled"))
        await tx.execute(delete(TARGET))
        await tx.execute(update(CLOCK).values(**nothing, **forgotten))
    assert await jobs.date_undated(sla.db) == 1
    assert await jobs.date_undated(sla.db) == 0
    cycle = (await sla.clocks(case_id))["cycle"]
    assert (cycle["state"], due(cycle)) == ("running", cst("2026-03-16T17:00"))
    await sla.clock_to("2026-03-17T09:00")
    assert len((await sla.clocks(case_id))["cycle"]["breaches"]) == 1


async def test_nothing_is_tried_again_while_the_calendar_stays_as_it_was(sla: Sla) -> None:
    await sla.organisation(now="2026-12-28T09:00")
    case_id = await sla.accepted(at="2026-12-28T10:00")
    assert await jobs.date_undated(sla.db) == 0
    assert (await sla.clocks(case_id))["cycle"]["state"] == "undated"
