"""Each event that intake's part of a pack may name has its effect: one pack and one organisation for each."""

from dataclasses import replace

from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import PNG, START, Intake
from tests.integration.intake.timed_desk import LEADER, Desk
from tests.support.event_packs import documents_naming
from tests.support.event_places import admitted
from tests.support.event_samples import an_event


async def a_case(intake: Intake, **events: str) -> tuple[Desk, str]:
    """A registered complaint of an organisation with this event at this place."""
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Small", simulated_now=START)
    desk = Desk(replace(intake, org=org))
    await desk.publish(documents_naming(**events))
    return desk, str((await desk.register())["case_id"])


async def happens(desk: Desk, case_id: str, event: str) -> None:
    """The event happens to a case that was registered: here where intake causes it, else as another service says."""
    match event:
        case "case.registered":
            return
        case "step.taken":
            await desk.step(case_id, "take")
        case "evidence.added":
            assert (await desk.send(case_id, PNG, filename="a.png")).status_code == 201
        case "case.purged":
            await desk.step(case_id, "close")
            await desk.at("2026-03-07T01:00:00")
            purged = await desk.call("POST", f"/v1/cases/{case_id}/purge", {}, roles=LEADER)
            assert purged.status_code == 200, purged.text
        case _:
            await desk.intake.hear(an_event(event, case_id), thing=new_id())


async def split(desk: Desk, case_id: str) -> str:
    """The linked case that the complaint opens."""
    await desk.step(case_id, "split")
    part: str = (await desk.page(case_id))["links"][0]["case_id"]
    return part


async def status(desk: Desk, case_id: str) -> str:
    return str((await desk.page(case_id))["status"])


async def allowed(desk: Desk, case_id: str, step: str) -> bool:
    """Whether the gate of the step lets it pass now."""
    answer = await desk.call("POST", f"/v1/cases/{case_id}/steps/{step}", {"input": {}})
    assert answer.status_code == 200 or answer.json()["code"] == "not_yet", answer.text
    return answer.status_code == 200


async def test_a_step_is_taken_by_itself(intake: Intake) -> None:
    found = {}
    for event in admitted("REACTION"):
        desk, case_id = await a_case(intake, REACTION=event)
        before = await status(desk, case_id)
        await happens(desk, case_id, event)
        found[event] = (before, await status(desk, case_id))
    assert found == dict.fromkeys(admitted("REACTION"), ("open", "seen"))
    assert len(found) == 33


async def test_a_step_is_taken_when_a_linked_case_gets_so_far(intake: Intake) -> None:
    found = {}
    for event in admitted("LINKED_REACTION"):
        desk, case_id = await a_case(intake, LINKED_REACTION=event)
        before = await status(desk, case_id)
        part = await split(desk, case_id)
        if event != "case.registered":
            before = await status(desk, case_id)
        await happens(desk, part, event)
        found[event] = (before, await status(desk, case_id))
    assert found == dict.fromkeys(admitted("LINKED_REACTION"), ("open", "seen"))
    assert len(found) == 35


async def test_a_gate_passes(intake: Intake) -> None:
    found = {}
    for event in admitted("GATE"):
        desk, case_id = await a_case(intake, GATE=event)
        before = event != "case.registered" and await allowed(desk, case_id, "gated")
        await happens(desk, case_id, event)
        found[event] = (before, await allowed(desk, case_id, "gated"))
    assert found == dict.fromkeys(admitted("GATE"), (False, True))
    assert len(found) == 32


async def test_a_gate_that_looks_at_a_linked_case_passes(intake: Intake) -> None:
    found = {}
    for event in admitted("LINKED_GATE"):
        desk, case_id = await a_case(intake, LINKED_GATE=event)
        before = await allowed(desk, case_id, "gated_by_part")
        part = await split(desk, case_id)
        if event != "case.registered":
            before = await allowed(desk, case_id, "gated_by_part")
        await happens(desk, part, event)
        found[event] = (before, await allowed(desk, case_id, "gated_by_part"))
    assert found == dict.fromkeys(admitted("LINKED_GATE"), (False, True))
    assert len(found) == 33


async def test_a_case_is_kept_from_the_event_on(intake: Intake) -> None:
    found = {}
    for event in admitted("RETENTION"):
        desk, case_id = await a_case(intake, RETENTION=event)
        before = event != "case.registered" and await kept(desk, case_id)
        await happens(desk, case_id, event)
        found[event] = (before, await kept(desk, case_id))
    assert found == dict.fromkeys(admitted("RETENTION"), (False, True))
    assert len(found) == 32


async def kept(desk: Desk, case_id: str) -> bool:
    return (await desk.page(case_id, roles=LEADER))["retention"]["kept_since"] is not None


async def test_a_sample_draws_from_the_cases_that_the_event_happened_to(intake: Intake) -> None:
    found = {}
    for event in admitted("SAMPLE"):
        desk, case_id = await a_case(intake, SAMPLE=event)
        await happens(desk, case_id, event)
        found[event] = await drawn_from(desk)
    assert found == dict.fromkeys(admitted("SAMPLE"), 1)
    assert len(found) == 32
    desk, _ = await a_case(intake, SAMPLE="clock.breached")
    assert await drawn_from(desk) == 0


async def drawn_from(desk: Desk) -> int:
    """How many cases the audit of the day was drawn from; the day ends at 16:00 in UTC."""
    await desk.at("2026-03-05T16:00:00")
    while await desk.sweep():
        pass
    return int((await desk.periods("audit"))[-1]["population"])


async def test_evidence_is_on_the_page_among_the_milestones(intake: Intake) -> None:
    desk, case_id = await a_case(intake)
    await happens(desk, case_id, "evidence.added")
    reached = [milestone["name"] for milestone in (await desk.page(case_id))["milestones"]]
    assert reached == ["case.registered", "evidence.added"]
