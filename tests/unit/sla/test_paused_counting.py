"""Due instants with pauses at their edges: merged, ended before the start, begun when the time was used up."""

from datetime import datetime

import pytest

from services.sla.calendars.rules.counting import Pause, closed, due_at
from services.sla.calendars.rules.instants import micros
from shared.packs.language.durations import Duration, Unit
from tests.support.calendars import CN_WORKDAYS, cst


def pause(start: str, end: str | None) -> Pause:
    return Pause(from_at=cst(start), until_at=cst(end) if end else None)


def due(amount: int, unit: Unit, start: str, *pauses: Pause, counts_first_day: bool = False) -> datetime:
    return due_at(
        Duration(amount=amount, unit=unit),
        calendar=CN_WORKDAYS,
        started_at=cst(start),
        pauses=pauses,
        counts_first_day=counts_first_day,
    )


@pytest.mark.parametrize(
    ("pauses", "spans"),
    [
        ([("10:00", "11:00"), ("11:00", "12:00")], [("10:00", "12:00")]),
        ([("10:00", "12:00"), ("10:30", "11:00")], [("10:00", "12:00")]),
        ([("11:00", "13:00"), ("10:00", "12:00")], [("10:00", "13:00")]),
        ([("10:00", "11:00"), ("11:01", "12:00")], [("10:00", "11:00"), ("11:01", "12:00")]),
        ([("10:00", "10:00")], []),
        ([("10:00", None)], []),
    ],
)
def test_finished_pauses_are_merged_where_they_touch(
    pauses: list[tuple[str, str | None]], spans: list[tuple[str, str]]
) -> None:
    day = "2026-03-02T"
    given = [pause(day + start, day + end if end else None) for start, end in pauses]
    assert closed(given) == [(micros(cst(day + start)), micros(cst(day + end))) for start, end in spans]


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ((pause("2026-03-02T10:00", "2026-03-02T11:00"),), "2026-03-02T15:00"),
        ((pause("2026-02-27T10:00", "2026-02-27T11:00"), pause("2026-03-02T10:00", "2026-03-02T11:00")),
         "2026-03-02T15:00"),
        ((pause("2026-03-02T08:00", "2026-03-02T10:00"),), "2026-03-02T15:00"),
        ((pause("2026-03-02T14:00", "2026-03-02T16:00"),), "2026-03-02T14:00"),
        ((pause("2026-03-02T13:59", "2026-03-02T16:00"),), "2026-03-02T16:01"),
    ],
)  # fmt: skip
def test_open_time_stands_still_in_a_pause_that_begins_before_it_is_used_up(
    pauses: tuple[Pause, ...], expected: str
) -> None:
    assert due(4, "hour", "2026-03-02T09:00", *pauses) == cst(expected)


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ((pause("2026-03-10T08:00", "2026-03-10T17:00"),), "2026-03-12T17:00"),
        ((pause("2026-03-10T08:00", "2026-03-10T12:30"), pause("2026-03-10T12:30", "2026-03-10T17:00")),
         "2026-03-12T17:00"),
        ((pause("2026-03-10T08:00:01", "2026-03-10T17:00"),), "2026-03-11T17:00"),
        ((pause("2026-03-10T08:00", "2026-03-10T16:59:59"),), "2026-03-11T17:00"),
    ],
)  # fmt: skip
def test_a_day_is_lost_to_a_pause_from_its_opening_to_its_closing(pauses: tuple[Pause, ...], expected: str) -> None:
    assert due(3, "day", "2026-03-06T10:00", *pauses) == cst(expected)


def test_the_first_day_counts_when_the_pack_says_so() -> None:
    assert due(2, "day", "2026-03-05T10:00", counts_first_day=True) == cst("2026-03-06T17:00")
    assert due(2, "day", "2026-03-05T10:00") == cst("2026-03-09T17:00")
