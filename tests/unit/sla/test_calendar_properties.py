"""Calendar arithmetic against an oracle that walks every minute, across changes of the zone's offset."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.instants import MINUTE, instant, micros
from tests.support.calendars import CN_WORKDAYS, holiday, odd_week, open_minutes, utc

BERLIN = odd_week(
    "Europe/Berlin", first_on=date(2026, 1, 1), last_on=date(2026, 12, 31), special=(holiday(date(2026, 4, 3)),)
)
CALENDARS = {
    "shanghai": (CN_WORKDAYS, utc(2026, 9, 23), utc(2026, 10, 14)),
    "berlin, an hour skipped": (BERLIN, utc(2026, 3, 25), utc(2026, 4, 8)),
    "berlin, an hour repeated": (BERLIN, utc(2026, 10, 21), utc(2026, 10, 30)),
    "lord howe, half an hour": (
        odd_week("Australia/Lord_Howe", first_on=date(2026, 1, 1), last_on=date(2026, 12, 31)),
        utc(2026, 4, 2),
        utc(2026, 4, 9),
    ),
    "apia, a day that never was": (
        odd_week("Pacific/Apia", first_on=date(2011, 1, 1), last_on=date(2012, 12, 31)),
        utc(2011, 12, 27),
        utc(2012, 1, 4),
    ),
    "sao paulo, no midnight": (
        odd_week("America/Sao_Paulo", first_on=date(2018, 1, 1), last_on=date(2018, 12, 31)),
        utc(2018, 11, 1),
        utc(2018, 11, 8),
    ),
}
ORACLE = {
    name: open_minutes(calendar, start, end + timedelta(days=12)) for name, (calendar, start, end) in CALENDARS.items()
}


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, Calendar, datetime, datetime]:
    name = draw(st.sampled_from(sorted(CALENDARS)))
    calendar, start, end = CALENDARS[name]
    minutes = int((end - start).total_seconds()) // 60
    first = draw(st.integers(0, minutes))
    second = draw(st.integers(first, minutes))
    return name, calendar, start + timedelta(minutes=first), start + timedelta(minutes=second)


@given(spans())
def test_between_counts_the_open_minutes(span: tuple[str, Calendar, datetime, datetime]) -> None:
    name, calendar, start, end = span
    counted = sum(1 for at in ORACLE[name] if start <= at < end)
    assert calendar.between(micros(start), micros(end)) == counted * MINUTE


@given(spans(), st.integers(1, 2000))
def test_add_ends_with_the_nth_open_minute(span: tuple[str, Calendar, datetime, datetime], amount: int) -> None:
    name, calendar, start, _ = span
    ahead = [at for at in ORACLE[name] if at >= start]
    if len(ahead) >= amount:
        assert instant(calendar.add(micros(start), amount * MINUTE)) == ahead[amount - 1] + timedelta(minutes=1)


@given(spans(), st.integers(1, 5))
def test_end_of_day_is_after_the_last_open_minute_of_the_nth_open_date(
    span: tuple[str, Calendar, datetime, datetime], days: int
) -> None:
    name, calendar, start, _ = span
    today = start.astimezone(calendar.zone).date()
    dates = sorted({d for at in ORACLE[name] if (d := at.astimezone(calendar.zone).date()) > today})
    last = max(at for at in ORACLE[name] if at.astimezone(calendar.zone).date() == dates[days - 1])
    assert instant(calendar.end_of_day(micros(start), days)) == last + timedelta(minutes=1)


@given(spans())
def test_roll_finds_the_first_open_minute(span: tuple[str, Calendar, datetime, datetime]) -> None:
    name, calendar, start, _ = span
    assert instant(calendar.roll(micros(start))) == next(at for at in ORACLE[name] if at >= start)


@given(spans(), st.integers(0, 3_000_000_000))
def test_add_and_between_are_inverse(span: tuple[str, Calendar, datetime, datetime], amount: int) -> None:
    _, calendar, start, _ = span
    at = micros(start)
    assert calendar.between(at, calendar.add(at, amount)) == amount
    assert calendar.between(calendar.subtract(calendar.add(at, amount), amount), calendar.add(at, amount)) == amount


@given(spans(), st.integers(1, 10**9), st.integers(1, 10**9))
def test_adding_in_two_steps_changes_nothing(span: tuple[str, Calendar, datetime, datetime], a: int, b: int) -> None:
    _, calendar, start, _ = span
    assert calendar.add(calendar.add(micros(start), a), b) == calendar.add(micros(start), a + b)


@settings(max_examples=20)
@given(spans(), st.integers(0, 10))
def test_later_starts_are_never_due_earlier(span: tuple[str, Calendar, datetime, datetime], days: int) -> None:
    _, calendar, early, late = span
    if (late - early).days < 3:
        assert calendar.end_of_day(micros(early), days) <= calendar.end_of_day(micros(late), days)
        assert calendar.add(micros(early), 10**10) <= calendar.add(micros(late), 10**10)


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_intervals_of_each_date_are_the_open_minutes(name: str) -> None:
    calendar, start, end = CALENDARS[name]
    at = start + timedelta(days=1)
    while at < end:
        on = at.astimezone(calendar.zone).date()
        walked = [m for m in ORACLE[name] if m.astimezone(calendar.zone).date() == on]
        intervals = calendar.intervals(on)
        assert sum(i.closes - i.opens for i in intervals) == len(walked) * MINUTE
        at += timedelta(days=1)
