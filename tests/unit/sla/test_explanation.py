"""The explanation leads, day by day, to exactly the due instant that the clock computes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.counting import Pause
from services.sla.clockpage.rules import Explanation, explain
from services.sla.clocks.rules.plan import Terms, plan
from services.sla.clocks.rules.stated import Stated
from shared.packs.language.durations import Duration
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, SKS_REPLY, cst, odd_week, utc

BERLIN = odd_week("Europe/Berlin", first_on=date(2026, 1, 1), last_on=date(2026, 12, 31))


def terms(calendar: Calendar = CN_WORKDAYS, roll_to: Calendar | None = None, **duration: Any) -> Terms:
    return Terms(
        goal="g",
        cite="LG-35 Art.35",
        length=Duration(amount=duration["amount"], unit=duration["unit"]),
        counts_first_day=duration.get("counts_first_day", False),
        calendar=calendar,
        opening_hours=calendar,
        roll_to=roll_to,
    )


def days(explained: Explanation) -> list[tuple[str, bool, str]]:
    return [(line.on.isoformat()[5:], line.counted, line.reason.en) for line in explained.days]


def test_departure_over_national_day() -> None:
    explained = explain(terms(amount=3, unit="day"), started_at=cst("2026-09-30T10:00"), pauses=())
    assert explained.due_at == cst("2026-10-10T17:00")
    assert days(explained) == [
        ("09-30", False, "start day, not counted"),
        ("10-01", False, "public holiday: National Day"),
        ("10-02", False, "public holiday: National Day"),
        ("10-03", False, "public holiday: National Day"),
        ("10-04", False, "weekend"),
        ("10-05", False, "public holiday: National Day (observed)"),
        ("10-06", False, "public holiday: Day off (substituted from 09/20/2026)"),
        ("10-07", False, "public holiday: Day off (substituted from 10/10/2026)"),
        ("10-08", True, "counted as day 1 of 3"),
        ("10-09", True, "counted as day 2 of 3"),
        ("10-10", True, "make-up working day, counted as day 3 of 3"),
    ]
    assert explained.days[1].reason.zh == "法定节假日：国庆节"
    assert explained.days[-1].reason.zh == "调休上班，计为第3天，共3天"


def test_working_hours_list_the_minutes_of_each_day() -> None:
    explained = explain(terms(amount=8, unit="hour"), started_at=cst("2026-03-06T16:00"), pauses=())
    assert [(line.on.isoformat(), line.minutes) for line in explained.days] == [
        ("2026-03-06", 60),
        ("2026-03-07", 0),
        ("2026-03-08", 0),
        ("2026-03-09", 420),
    ]
    assert explained.due_at == cst("2026-03-09T16:00")


def test_a_day_counts_unless_the_clock_stood_still_all_through_it() -> None:
    lab = Pause(from_at=cst("2026-03-10T08:00"), until_at=cst("2026-03-11T16:59"))
    explained = explain(terms(amount=3, unit="day"), started_at=cst("2026-03-06T10:00"), pauses=(lab,))
    assert days(explained)[3:] == [
        ("03-09", True, "counted as day 1 of 3"),
        ("03-10", False, "the clock stood still all day, not counted"),
        ("03-11", True, "counted as day 2 of 3"),
        ("03-12", True, "counted as day 3 of 3"),
    ]


@pytest.mark.parametrize(
    ("until", "due"),
    [
        ("2026-03-02T10:30", "2026-03-02T14:30"),
        ("2026-03-02T12:00", "2026-03-02T16:00"),
        ("2026-03-02T13:00", "2026-03-02T16:00"),
    ],
)
def test_a_pause_moves_a_due_instant_by_the_working_time_it_took(until: str, due: str) -> None:
    paused = Pause(from_at=cst("2026-03-02T10:00"), until_at=cst(until))
    made = plan(terms(amount=4, unit="hour"), started_at=cst("2026-03-02T09:00"), pauses=(paused,), warn=())
    assert made.due_at == cst(due)


def test_counting_the_first_day() -> None:
    counts = terms(amount=2, unit="day", counts_first_day=True)
    assert explain(counts, started_at=cst("2026-03-05T10:00"), pauses=()).due_at == cst("2026-03-06T17:00")
    assert explain(counts, started_at=cst("2026-03-07T10:00"), pauses=()).due_at == cst("2026-03-10T17:00")
    one = terms(amount=1, unit="day", counts_first_day=True)
    assert explain(one, started_at=cst("2026-03-05T10:00"), pauses=()).due_at == cst("2026-03-05T17:00")


def test_a_start_day_that_is_paused_from_opening_to_closing_is_not_the_first() -> None:
    """Monday 2 March is paused from 08:00 to 20:00, so the first day that counts is Tuesday 3 March, until 17:00."""
    paused = (Pause(from_at=cst("2026-03-02T08:00"), until_at=cst("2026-03-02T20:00")),)
    one = terms(amount=1, unit="day", counts_first_day=True)
    explained = explain(one, started_at=cst("2026-03-02T08:00"), pauses=paused)

    assert explained.due_at == cst("2026-03-03T17:00")
    assert plan(one, started_at=cst("2026-03-02T08:00"), pauses=paused, warn=()).due_at == cst("2026-03-03T17:00")
    assert days(explained)[0][:2] == ("03-02", False)
    assert days(explained)[1] == ("03-03", True, "counted as day 1 of 1")


def test_a_start_day_that_is_paused_in_part_is_the_first() -> None:
    paused = (Pause(from_at=cst("2026-03-02T09:00"), until_at=cst("2026-03-02T20:00")),)
    one = terms(amount=1, unit="day", counts_first_day=True)
    assert explain(one, started_at=cst("2026-03-02T08:00"), pauses=paused).due_at == cst("2026-03-02T17:00")


def test_a_due_day_that_is_a_day_off_moves_when_the_pack_says_so() -> None:
    stays = terms(CALENDAR_DAYS, amount=3, unit="day")
    moves = terms(CALENDAR_DAYS, roll_to=CN_WORKDAYS, amount=3, unit="day")
    friday = cst("2026-03-04T10:00")  # three days later is Saturday
    assert plan(stays, started_at=friday, pauses=(), warn=()).due_at == cst("2026-03-07T24:00")
    assert plan(moves, started_at=friday, pauses=(), warn=()).due_at == cst("2026-03-09T24:00")
    assert days(explain(moves, started_at=friday, pauses=()))[-1] == (
        "03-09",
        True,
        "moved here because the last day was a day off",
    )


def seconds_later(seconds: int) -> datetime:
    return utc(2026, 3, 1) + timedelta(seconds=seconds)


pauses = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(1, 6_000)).map(
        lambda at: Pause(
            from_at=utc(2026, 3, 1) + timedelta(minutes=at[0]),
            until_at=utc(2026, 3, 1) + timedelta(minutes=at[0] + at[1]),
        )
    ),
    max_size=4,
)


@given(
    calendar=st.sampled_from([CN_WORKDAYS, SKS_REPLY, CALENDAR_DAYS, BERLIN]),
    start=st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 10)),  # noqa: DTZ001 - Hypothesis wants them naive
    length=st.one_of(
        st.builds(Duration, amount=st.integers(0, 30), unit=st.sampled_from(["day", "working_day"])),
        st.builds(Duration, amount=st.integers(0, 4), unit=st.just("week")),
        st.builds(Duration, amount=st.integers(1, 60), unit=st.just("hour")),
        st.builds(Duration, amount=st.integers(1, 3000), unit=st.just("minute")),
        st.builds(Duration, amount=st.integers(0, 5), unit=st.just("month")),
        st.builds(
            Stated,
            at=st.one_of(st.dates(date(2026, 3, 1), date(2026, 6, 1)), st.integers(0, 9_000_000).map(seconds_later)),
            source=st.just("facts.x"),
        ),
    ),
    pauses=pauses,
    counts_first_day=st.booleans(),
    moved_by=st.sampled_from([{}, {"roll_to": CN_WORKDAYS}, {"snap_to": SKS_REPLY}]),
)
def test_explanation_and_due_instant_are_equal(
    calendar: Calendar,
    start: datetime,
    length: Duration | Stated,
    pauses: tuple[Pause, ...],
    counts_first_day: bool,
    moved_by: dict[str, Calendar],
) -> None:
    started_at = utc(start.year, start.month, start.day, start.hour, start.minute, start.second, start.microsecond)
    goal = Terms(
        goal="g",
        cite="X-1 a",
        length=length,
        counts_first_day=counts_first_day,
        calendar=calendar,
        opening_hours=calendar,
        roll_to=moved_by.get("roll_to"),
        snap_to=moved_by.get("snap_to"),
    )
    computed = plan(goal, started_at=started_at, pauses=pauses, warn=())
    explained = explain(goal, started_at=started_at, pauses=pauses)
    assert explained.due_at == computed.due_at
    if isinstance(length, Stated) or moved_by:
        return
    if length.unit in {"day", "working_day", "week"} and length.amount:
        wanted_days = length.amount * (7 if length.unit == "week" else 1)
        assert sum(line.counted for line in explained.days) == wanted_days
    if length.unit in {"hour", "minute"}:
        listed = sum(line.minutes or 0 for line in explained.days)
        wanted = length.amount * (60 if length.unit == "hour" else 1)
        assert wanted - len(explained.days) <= listed <= wanted  # a day's odd seconds are not shown
