"""The days that an explanation lists for goals in months, on the same day, stated by the case, and moved."""

from datetime import date

import pytest

from services.sla.calendars.rules.counting import Pause
from services.sla.clockpage.rules import DayLine, explain
from services.sla.clocks.rules.plan import Terms
from services.sla.clocks.rules.stated import Stated
from shared.kernel.text import Text
from shared.packs.language.durations import Duration, Unit
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, SKS_REPLY, cst

START_DAY = Text(zh="起算日不计入", en="start day, not counted")
WEEKEND = Text(zh="周末休息", en="weekend")
TOMB = Text(zh="法定节假日：清明节", en="public holiday: Tomb-Sweeping Day")
TOMB_OBSERVED = Text(zh="法定节假日：清明节（补假）", en="public holiday: Tomb-Sweeping Day (observed)")
PAST = Text(zh="当日已过营业时间", en="after closing time")
SAME_DAY = Text(zh="当日截止", en="due at the end of this day")
NO_TIME = Text(zh="当日营业时间已过或暂停计时", en="no open time left, or the clock stood still")


def line(on: str, reason: Text, *, counted: bool = False, minutes: int | None = None) -> DayLine:
    return DayLine(on=date.fromisoformat(on), counted=counted, reason=reason, minutes=minutes)


def terms(length: Duration | Stated, **changes: object) -> Terms:
    given = {"calendar": CN_WORKDAYS, "opening_hours": CN_WORKDAYS} | changes
    return Terms(goal="g", cite="X-1 Art.1", length=length, **given)  # type: ignore[arg-type]


def lines(goal: Terms, start: str, *pauses: Pause) -> list[DayLine]:
    return list(explain(goal, started_at=cst(start), pauses=pauses).days)


def lasting(amount: int, unit: Unit) -> Duration:
    return Duration(amount=amount, unit=unit)


def test_a_month_ends_on_the_same_day_or_the_next_open_one() -> None:
    later = Text(zh="起算日后第1个月的对应日", en="same day 1 months later")
    assert lines(terms(lasting(1, "month")), "2026-03-05T10:00") == [
        line("2026-03-05", START_DAY),
        line("2026-04-05", TOMB),
        line("2026-04-06", TOMB_OBSERVED),
        line("2026-04-07", later, counted=True),
    ]


def test_a_month_without_that_day_ends_on_its_last() -> None:
    clamped = Text(
        zh="起算日后第1个月的对应日（该月无此日，取月末）",
        en="same day 1 months later (clamped to the month's last day)",
    )
    assert lines(terms(lasting(1, "month"), calendar=CALENDAR_DAYS), "2026-01-31T09:00") == [
        line("2026-01-31", START_DAY),
        line("2026-02-28", clamped, counted=True),
    ]


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ("2026-03-06T17:00", [line("2026-03-06", SAME_DAY, counted=True)]),
        (
            "2026-03-06T17:00:01",
            [
                line("2026-03-06", PAST),
                line("2026-03-07", WEEKEND),
                line("2026-03-08", WEEKEND),
                line("2026-03-09", SAME_DAY, counted=True),
            ],
        ),
    ],
)
def test_a_goal_of_no_days_is_due_at_the_end_of_the_day_or_of_the_next_open_one(
    start: str, days: list[DayLine]
) -> None:
    assert lines(terms(lasting(0, "day")), start) == days


def test_hours_list_the_minutes_of_each_day_and_why_there_are_none() -> None:
    lab = Pause(from_at=cst("2026-03-09T08:00"), until_at=cst("2026-03-09T17:00"))
    assert lines(terms(lasting(2, "hour")), "2026-03-06T16:00", lab) == [
        line("2026-03-06", Text(zh="计60分钟", en="60 minutes counted"), counted=True, minutes=60),
        line("2026-03-07", WEEKEND, minutes=0),
        line("2026-03-08", WEEKEND, minutes=0),
        line("2026-03-09", NO_TIME, minutes=0),
        line("2026-03-10", Text(zh="计60分钟", en="60 minutes counted"), counted=True, minutes=60),
    ]


def test_a_stated_instant_or_date_is_the_one_day_listed() -> None:
    instant = Stated(at=cst("2026-03-07T10:00"), source="facts.x")
    open_day, day_off = (Stated(at=date(2026, 3, on), source="facts.x") for on in (9, 7))
    said = Text(zh="案件约定的时刻", en="the instant that the case states")
    ends = Text(zh="案件约定的日期，当日截止", en="the date that the case states, due at its end")
    until_midnight = Text(
        zh="周末休息；案件约定的日期，当日截止，至24:00截止",
        en="weekend; the date that the case states, due at its end, until 24:00",
    )
    assert lines(terms(instant), "2026-03-05T10:00") == [line("2026-03-07", said, counted=True)]
    assert lines(terms(open_day), "2026-03-05T10:00") == [line("2026-03-09", ends, counted=True)]
    assert lines(terms(day_off), "2026-03-05T10:00") == [line("2026-03-07", until_midnight, counted=True)]


def test_a_due_day_off_is_listed_with_the_days_to_which_it_moves() -> None:
    instant = Stated(at=cst("2026-04-04T24:00"), source="facts.x")
    moves = terms(instant, calendar=CALENDAR_DAYS, roll_to=CN_WORKDAYS)
    moved = Text(zh="期限末日为休息日，顺延至此", en="moved here because the last day was a day off")
    assert lines(moves, "2026-04-01T10:00")[1:] == [
        line("2026-04-04", WEEKEND),
        line("2026-04-05", TOMB),
        line("2026-04-06", TOMB_OBSERVED),
        line("2026-04-07", moved, counted=True),
    ]


def test_a_due_instant_outside_hours_is_listed_with_the_opening_to_which_it_moves() -> None:
    moved = Text(zh="不在办理时段内，顺延至下一时段开始", en="outside hours, moved to the next opening")
    goal = terms(lasting(30, "minute"), calendar=CALENDAR_DAYS, snap_to=SKS_REPLY)
    minutes = Text(zh="计30分钟", en="30 minutes counted")
    assert lines(goal, "2026-03-02T18:20") == [
        line("2026-03-02", minutes, counted=True, minutes=30),
        line("2026-03-03", moved, counted=True),
    ]


def test_a_counted_day_says_which_of_how_many_it_is() -> None:
    days = lines(terms(lasting(2, "day"), counts_first_day=True), "2026-03-05T10:00")
    assert days == [
        DayLine(
            on=date(2026, 3, 5), counted=True, reason=Text(zh="计为第1天，共2天", en="counted as day 1 of 2"), ordinal=1
        ),
        DayLine(
            on=date(2026, 3, 6), counted=True, reason=Text(zh="计为第2天，共2天", en="counted as day 2 of 2"), ordinal=2
        ),
    ]
