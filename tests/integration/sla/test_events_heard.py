"""Each event that a clock or an indicator may name moves it: one pack and one organisation for each event and place."""

from collections.abc import Sequence

import pytest

from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst
from tests.support.event_packs import documents_naming
from tests.support.event_places import admitted
from tests.support.event_samples import an_event

MORNING = cst("2026-03-05T10:00")


async def a_case(sla: Sla, *, place: str, event: str, earlier: Sequence[str]) -> str:
    """A case under the pack with this event at this place, to which the `earlier` events have happened."""
    pack = f"{place} {event}"
    sla.packs[pack] = documents_naming(**{place: event})
    case_id: str = await sla.organisation(pack=pack)
    for name in earlier:
        await happens(sla, case_id, name)
    return case_id


async def happens(sla: Sla, case_id: str, name: str) -> None:
    await sla.handle(an_event(name, case_id), key=case_id, at=MORNING)


async def state(sla: Sla, case_id: str) -> str | None:
    clock = (await sla.clocks(case_id)).get("watched")
    return None if clock is None else str(clock["state"])


async def counted(sla: Sla) -> int:
    answer = await sla.get("/v1/indicators/counted", period="2026-03")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["population"])


@pytest.mark.parametrize(
    ("place", "earlier", "before", "after"),
    [
        ("CLOCK_START", ["case.registered"], None, "running"),
        ("CLOCK_STOP", ["case.registered", "ready.start"], "running", "met"),
        ("CLOCK_CANCEL", ["case.registered", "ready.start"], "running", "cancelled"),
        ("CLOCK_PAUSE", ["case.registered", "ready.start"], "running", "paused"),
        ("CLOCK_RESUME", ["case.registered", "ready.start", "ready.pause"], "paused", "running"),
    ],
)
async def test_a_clock_is_moved_by_each_event_that_it_may_name(
    sla: Sla, place: str, earlier: list[str], before: str | None, after: str
) -> None:
    found = {}
    for event in admitted(place):
        case_id = await a_case(sla, place=place, event=event, earlier=[name for name in earlier if name != event])
        first = await state(sla, case_id) if event != "case.registered" else before
        await happens(sla, case_id, event)
        found[event] = (first, await state(sla, case_id))
    assert len(found) >= 20
    assert found == dict.fromkeys(admitted(place), (before, after))


async def test_an_indicator_counts_a_case_for_each_event_that_it_may_name(sla: Sla) -> None:
    found = {}
    for event in admitted("INDICATOR"):
        earlier = [] if event == "case.registered" else ["case.registered"]
        case_id = await a_case(sla, place="INDICATOR", event=event, earlier=earlier)
        first = await counted(sla)
        await happens(sla, case_id, event)
        found[event] = (first, await counted(sla))
    assert len(found) == 27
    assert found == dict.fromkeys(admitted("INDICATOR"), (0, 1))
