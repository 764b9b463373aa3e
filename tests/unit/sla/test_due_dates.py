"""Due instants of the rules, worked out by hand from the fixture calendar of 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.sla.calendars.rules.calendar import Calendar, prepare
from services.sla.calendars.rules.counting import due_at
from services.sla.calendars.rules.errors import CalendarUnconfirmed, NotAWorkingDay
from services.sla.calendars.rules.instants import HOUR, instant, micros
from services.sla.calendars.rules.working_days import CalendarSpec
from shared.kernel.periods import months_later
from shared.packs.language.durations import Duration, Unit
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, CN_WORKDAYS_SPEC, SHANGHAI, SKS_REPLY, cst


def due(calendar: Calendar, start: str, amount: int, unit: Unit) -> datetime:
    return due_at(Duration(amount=amount, unit=unit), calendar=calendar, started_at=cst(start))


@pytest.mark.parametrize(
    ("rule", "start", "days", "expected"),
    [
        ("LG-35a", "2026-03-05T10:00", 2, "2026-03-09T17:00"),
        ("LG-35b", "2026-03-05T10:00", 3, "2026-03-10T17:00"),
        ("LG-35b make-up Saturday", "2026-09-30T10:00", 3, "2026-10-10T17:00"),
        ("LG-35c", "2026-03-05T10:00", 7, "2026-03-16T17:00"),
        ("LG-35c over National Day", "2026-09-30T10:00", 7, "2026-10-15T17:00"),
        ("LG-35d", "2026-03-05T10:00", 20, "2026-04-02T17:00"),
        ("LG-25", "2026-03-02T10:00", 1, "2026-03-03T17:00"),
        ("start on a Saturday: Monday is day one", "2026-03-07T10:00", 1, "2026-03-09T17:00"),
        ("start on Friday night", "2026-03-06T23:10", 1, "2026-03-09T17:00"),
        ("start on a make-up Saturday is not counted", "2026-10-10T09:00", 1, "2026-10-12T17:00"),
        ("over Spring Festival: 14 is worked, 15-23 off", "2026-02-13T09:00", 2, "2026-02-24T17:00"),
        ("same day", "2026-03-05T10:00", 0, "2026-03-05T17:00"),
        ("same day, at its last closing", "2026-03-05T17:00", 0, "2026-03-05T17:00"),
        ("same day, after its last closing", "2026-03-05T17:00:01", 0, "2026-03-06T17:00"),
        ("same day, on a day off", "2026-03-07T10:00", 0, "2026-03-09T17:00"),
    ],
)
def test_end_of_the_nth_working_day(rule: str, start: str, days: int, expected: str) -> None:
    assert due(CN_WORKDAYS, start, days, "day") == cst(expected), rule


@pytest.mark.parametrize(
    ("rule", "start", "hours", "expected"),
    [
        ("LG-20a", "2026-03-02T09:00", 4, "2026-03-02T14:00"),
        ("LG-20a, afternoon", "2026-03-02T16:00", 4, "2026-03-03T11:00"),
        ("LG-20b", "2026-03-02T09:00", 8, "2026-03-03T09:00"),
        ("LG-20c", "2026-03-02T09:00", 16, "2026-03-04T09:00"),
        ("used up exactly at noon is due at noon (A71)", "2026-03-02T08:00", 4, "2026-03-02T12:00"),
        ("used up exactly at closing is due at closing (A71)", "2026-03-02T08:00", 8, "2026-03-02T17:00"),
        ("a start at closing counts from the next opening (A72)", "2026-03-02T17:00", 1, "2026-03-03T09:00"),
        ("a start at noon counts from one o'clock", "2026-03-02T12:00", 1, "2026-03-02T14:00"),
        ("a start before opening", "2026-03-02T06:00", 1, "2026-03-02T09:00"),
        ("into a make-up Saturday", "2026-02-13T16:00", 2, "2026-02-14T09:00"),
        ("200 hours are 25 working days", "2026-03-02T08:00", 200, "2026-04-03T17:00"),
    ],
)
def test_working_hours(rule: str, start: str, hours: int, expected: str) -> None:
    assert due(CN_WORKDAYS, start, hours, "hour") == cst(expected), rule


@pytest.mark.parametrize(
    ("rule", "start", "amount", "unit", "expected"),
    [
        ("LG-22", "2026-03-02T15:30", 4, "hour", "2026-03-02T19:30"),
        ("LG-48", "2026-03-06T16:00", 3, "day", "2026-03-09T24:00"),
        ("SK-04a", "2026-03-02T10:00", 10, "minute", "2026-03-02T10:10"),
        ("same day", "2026-03-06T00:00", 0, "day", "2026-03-06T24:00"),
        ("month end is clamped (A78)", "2026-01-31T09:00", 1, "month", "2026-02-28T24:00"),
        ("leap day plus a year (A78)", "2024-02-29T09:00", 1, "year", "2025-02-28T24:00"),
        ("half a year", "2026-08-31T09:00", 6, "month", "2027-02-28T24:00"),
    ],
)
def test_elapsed_time_and_calendar_days(rule: str, start: str, amount: int, unit: Unit, expected: str) -> None:
    assert due(CALENDAR_DAYS, start, amount, unit) == cst(expected), rule


def test_a_month_on_working_days_ends_at_a_closing() -> None:
    assert due(CN_WORKDAYS, "2026-03-05T10:00", 1, "month") == cst("2026-04-07T17:00")  # 5 April is Tomb-Sweeping
    assert due(CN_WORKDAYS, "2026-03-10T10:00", 1, "month") == cst("2026-04-10T17:00")


@pytest.mark.parametrize(
    ("received", "counts_from"),
    [
        ("2026-03-06T23:10", "2026-03-09T08:00"),  # LG-12c
        ("2026-03-06T16:59:59", "2026-03-06T16:59:59"),
        ("2026-03-06T17:00", "2026-03-09T08:00"),
        ("2026-03-06T12:00", "2026-03-06T13:00"),
        ("2026-10-09T20:00", "2026-10-10T08:00"),
    ],
)
def test_roll_to_the_next_opening(received: str, counts_from: str) -> None:
    assert instant(CN_WORKDAYS.roll(micros(cst(received)))) == cst(counts_from)


@pytest.mark.parametrize(
    ("ready", "sent"),
    [
        ("2026-03-02T12:30", "2026-03-02T15:00"),
        ("2026-03-02T18:20", "2026-03-03T09:00"),
        ("2026-03-07T10:00", "2026-03-07T10:00"),
    ],
)
def test_reply_windows(ready: str, sent: str) -> None:
    assert instant(SKS_REPLY.roll(micros(cst(ready)))) == cst(sent)


def days_off_2026() -> set[date]:
    spans = [("01-01", 3), ("02-15", 9), ("04-04", 3), ("05-01", 5), ("06-19", 3), ("09-25", 3), ("10-01", 7)]
    return {date.fromisoformat(f"2026-{start}") + timedelta(days=i) for start, length in spans for i in range(length)}


def test_every_day_of_the_2026_fixture() -> None:
    make_up = {date.fromisoformat(f"2026-{day}") for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")}
    day = date(2026, 1, 1)
    while day.year == 2026:
        worked = day in make_up or (day.weekday() < 5 and day not in days_off_2026())
        assert bool(CN_WORKDAYS.intervals(day)) == worked, day
        day += timedelta(days=1)


def test_beyond_the_confirmed_days_there_is_no_answer() -> None:
    assert due(CN_WORKDAYS, "2026-12-30T10:00", 1, "day") == cst("2026-12-31T17:00")
    for start, amount, unit in (
        ("2026-12-31T10:00", 1, "day"),
        ("2026-12-31T16:00", 2, "hour"),
        ("2027-01-05T10:00", 1, "day"),
        ("2022-12-31T10:00", 1, "day"),
        ("2022-12-31T10:00", 1, "hour"),
        ("2026-12-05T10:00", 1, "month"),
        ("2026-12-31T18:00", 0, "day"),
    ):
        with pytest.raises(CalendarUnconfirmed) as refused:
            due(CN_WORKDAYS, start, amount, unit)  # type: ignore[arg-type]
        assert refused.value.code == "calendar_unconfirmed"
        assert refused.value.fields["confirmed_until"] == "2026-12-31"
    assert due(CN_WORKDAYS, "2026-12-31T16:00", 1, "hour") == cst("2026-12-31T17:00")
    with pytest.raises(CalendarUnconfirmed):
        CN_WORKDAYS.roll(micros(cst("2026-12-31T17:00")))
    with pytest.raises(CalendarUnconfirmed):
        CN_WORKDAYS.between(micros(cst("2026-12-01T08:00")), micros(cst("2027-01-05T08:00")))


def test_proposed_day_ends_at_its_last_closing() -> None:
    assert instant(CN_WORKDAYS.end_of_date(date(2026, 3, 20))) == cst("2026-03-20T17:00")
    assert instant(CALENDAR_DAYS.end_of_date(date(2026, 3, 20))) == cst("2026-03-20T24:00")
    with pytest.raises(NotAWorkingDay):
        CN_WORKDAYS.end_of_date(date(2026, 3, 21))


def test_working_time_between_and_back() -> None:
    start, end = micros(cst("2026-03-05T10:00")), micros(cst("2026-03-09T17:00"))
    assert CN_WORKDAYS.between(start, end) == 22 * HOUR  # 6 on Thursday, 8 on Friday, 8 on Monday
    assert instant(CN_WORKDAYS.subtract(end, 8 * HOUR)) == cst("2026-03-09T08:00")
    assert instant(CN_WORKDAYS.subtract(end, 9 * HOUR)) == cst("2026-03-06T16:00")


def test_months_clamp() -> None:
    assert months_later(date(2026, 10, 31), 4) == date(2027, 2, 28)
    assert months_later(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert months_later(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_instants_keep_microseconds() -> None:
    at = datetime(2026, 3, 5, 2, 0, 0, 123456, tzinfo=UTC)
    assert instant(micros(at)) == at
    assert instant(micros(datetime(1969, 12, 31, 23, 59, tzinfo=UTC))) == datetime(1969, 12, 31, 23, 59, tzinfo=UTC)


def test_content_hash_is_of_the_content() -> None:
    again = type(CN_WORKDAYS_SPEC)(
        zone=CN_WORKDAYS_SPEC.zone,
        weekly=CN_WORKDAYS_SPEC.weekly,
        special=tuple(reversed(CN_WORKDAYS_SPEC.special)),
        first_on=CN_WORKDAYS_SPEC.first_on,
        last_on=CN_WORKDAYS_SPEC.last_on,
    )
    assert again.content_hash() == CN_WORKDAYS_SPEC.content_hash()
    other = type(CN_WORKDAYS_SPEC)(zone="Asia/Tokyo", weekly=CN_WORKDAYS_SPEC.weekly)
    assert other.content_hash() != CN_WORKDAYS_SPEC.content_hash()


@pytest.mark.parametrize(
    ("calendar", "at", "days", "closing"),
    [
        (CN_WORKDAYS, "2026-03-09T10:00", 1, "2026-03-06T17:00"),
        (CN_WORKDAYS, "2026-03-07T10:00", 1, "2026-03-06T17:00"),
        (SKS_REPLY, "2026-01-02T10:00", 1, "2026-01-01T18:00"),
        (SKS_REPLY, "2026-12-31T10:00", 2, "2026-12-29T18:00"),
    ],
)
def test_the_closing_of_the_nth_open_day_before(calendar: Calendar, at: str, days: int, closing: str) -> None:
    assert instant(calendar.closing_before(micros(cst(at)), days)) == cst(closing)


@pytest.mark.parametrize("at", ["2026-01-01T10:00", "2027-01-01T10:00"])
def test_no_closing_is_known_before_the_first_day_nor_from_a_day_after_the_last(at: str) -> None:
    with pytest.raises(CalendarUnconfirmed) as refused:
        SKS_REPLY.closing_before(micros(cst(at)), 1)
    assert refused.value.fields == {"confirmed_from": "2026-01-01", "confirmed_until": "2026-12-31"}


def test_a_continuous_calendar_counts_elapsed_time_and_days_that_end_at_midnight_of_its_zone() -> None:
    spec = CalendarSpec(zone="Asia/Shanghai", continuous=True)
    calendar, noon = prepare(spec), micros(cst("2026-03-02T12:00"))
    assert (calendar.spec, calendar.zone) == (spec, SHANGHAI)
    assert instant(calendar.add(noon, 5 * HOUR)) == cst("2026-03-02T17:00")
    assert instant(calendar.subtract(noon, 5 * HOUR)) == cst("2026-03-02T07:00")
    assert instant(calendar.closing_before(noon, 1)) == cst("2026-03-01T24:00")
    assert instant(calendar.end_of_day(noon, 1)) == cst("2026-03-03T24:00")
