"""Words for working days in expressions: weeks, days that differ, what the calendar does not know."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.calendars.rules.counting import due_at
from services.sla.calendars.rules.from_pack import prepared, spec_of
from shared.packs.documents import words_of
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.language.expression_working_days import EARLIEST, LATEST, WorkedDays
from shared.packs.language.words import Words
from shared.packs.sla.model.calendars import Calendar

OFFICE = {
    "id": "office",
    "country": "CN",
    "shifts": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "09:00", "closes": "17:00"}],
    "overrides": [{"on": "2026-03-06", "name": {"zh": "盘点", "en": "Stocktaking"}}],
}
WORDS = words_of({"pack": {"zone": "Asia/Shanghai"}, "sla": {"calendars": [OFFICE, {"id": "bad", "shifts": 1}]}})


def value(source: str, words: Words = WORDS, **context: object) -> object:
    return Expression(source, words=words).value(context)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # China 2026: 15 to 23 February are off, Saturdays 14 and 28 February are worked. 2 March is a Monday.
        ("isWorkingDay('2026-02-14', 'office')", True),
        ("isWorkingDay('2026-02-16', 'office')", False),
        ("isWorkingDay('2026-03-05', 'office')", True),
        ("isWorkingDay('2026-03-06', 'office')", False),
        ("isWorkingDay('2026-03-07', 'office')", False),
        ("isWorkingDay('2026-02-27T16:30:00Z', 'office')", True),
        ("isWorkingDay('2026-02-28T16:30:00Z', 'office')", False),
        ("workingDaysBetween('2026-02-13', '2026-02-24', 'office')", Decimal(2)),
        ("workingDaysBetween('2026-03-05', '2026-03-09', 'office')", Decimal(1)),
        ("workingDaysBetween('2026-03-09', '2026-03-05', 'office')", Decimal(-1)),
        ("workingDaysBetween('2026-03-07', '2026-03-08', 'office')", Decimal(0)),
        ("workingDaysBetween(facts.from, addDays(facts.from, 7), 'office')", Decimal(4)),
        ("addWorkingDays('2026-02-13', 1, 'office')", "2026-02-14"),
        ("addWorkingDays('2026-02-13', 2, 'office')", "2026-02-24"),
        ("addWorkingDays('2026-03-05', 1, \"office\")", "2026-03-09"),
        ("addWorkingDays('2026-03-07', 0, 'office')", "2026-03-07"),
        ("addWorkingDays('2026-03-09', -1, 'office')", "2026-03-05"),
        ("addWorkingDays('2026-03-08', -1, 'office')", "2026-03-05"),
        ("addWorkingDays('2026-02-24', -2, 'office')", "2026-02-13"),
        ("addWorkingDays(addWorkingDays('2026-03-05', 1, 'office'), 1, 'office')", "2026-03-10"),
    ],
)
def test_each_word(source: str, expected: object) -> None:
    assert value(source, facts={"from": "2026-03-02"}) == expected


@pytest.mark.parametrize(
    "source",
    [
        "isWorkingDay('2027-01-04', 'office')",  # 2027 is not announced
        "isWorkingDay('2022-12-30', 'office')",
        "addWorkingDays('2026-12-31', 1, 'office')",
        "workingDaysBetween('2022-12-30', '2026-03-02', 'office')",
        "isWorkingDay(facts.absent, 'office')",
        "workingDaysBetween('2026-03-02', 'soon', 'office')",
        "addWorkingDays('2026-03-02', 1.5, 'office')",
        "addWorkingDays('2026-03-02', facts.absent, 'office')",
        "isWorkingDay('2026-03-02', 'bad')",  # malformed: its own fault says so
    ],
)
def test_what_is_not_known_is_null_and_fails_where_it_is_compared(source: str) -> None:
    assert value(source, facts={}) is None
    with pytest.raises(ExpressionFailed):
        Expression(f"not {source}", words=WORDS).holds({"facts": {}})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("isWorkingDay('2026-03-02')", "write isWorkingDay(date, 'calendar')"),
        ("isWorkingDay('2026-03-02', 'shop')", "no 'shop'"),
        ("isWorkingDay('2026-03-02', facts.calendar)", "no ''"),
        ("addWorkingDays('2026-03-02', 'office')", "write addWorkingDays(date, whole number, 'calendar')"),
    ],
)
def test_a_call_that_names_no_calendar_is_refused(source: str, said: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        Expression(source, words=WORDS)
    assert said in refused.value.detail


def test_a_pack_without_calendars_has_none() -> None:
    with pytest.raises(ExpressionInvalid):
        Expression("isWorkingDay('2026-03-02', 'office')")


def test_a_day_of_an_instant_is_that_of_the_calendars_zone() -> None:
    berlin = {**OFFICE, "id": "berlin", "country": None, "overrides": [], "zone": "Europe/Berlin"}
    words = words_of({"pack": {"zone": "Asia/Shanghai"}, "sla": {"calendars": [berlin]}})
    assert value("isWorkingDay('2026-03-08T22:30:00Z', 'berlin')", words) is False  # 23:30 on Sunday
    assert value("isWorkingDay('2026-03-08T23:30:00Z', 'berlin')", words) is True


def test_round_the_clock_every_day_is_worked() -> None:
    words = words_of({"sla": {"calendars": [{"id": "always", "kind": "continuous"}]}})
    assert value("workingDaysBetween('1900-01-01', '2199-12-31', 'always')", words) == (LATEST - EARLIEST).days
    assert value("addWorkingDays('2026-02-28', -28, 'always')", words) == "2026-01-31"


WEEKS = st.lists(st.booleans(), min_size=7, max_size=7).filter(any).map(tuple)
NEAR = st.dates(min_value=date(2024, 1, 1), max_value=date(2024, 4, 30))
SPECIAL = st.dictionaries(NEAR, st.booleans(), max_size=40).map(lambda days: tuple(sorted(days.items())))


@given(week=WEEKS, special=SPECIAL, one=NEAR, other=NEAR, number=st.integers(-60, 60))
def test_days_are_counted_as_one_by_one(week: tuple[bool, ...], special, one: date, other: date, number: int) -> None:  # type: ignore[no-untyped-def]
    first_on, last_on = date(2023, 12, 4), date(2024, 6, 9)
    days = WorkedDays(zone="UTC", week=week, special=special, first_on=first_on, last_on=last_on)
    words = Words(calendar={"c": days}.get)
    open_days = [
        on
        for on in (first_on + timedelta(i) for i in range((last_on - first_on).days + 1))
        if dict(special).get(on, week[on.weekday()])
    ]

    assert value(f"isWorkingDay('{one}', 'c')", words) is (one in open_days)
    between = len([on for on in open_days if min(one, other) < on <= max(one, other)])
    assert value(f"workingDaysBetween('{one}', '{other}', 'c')", words) == (between if one <= other else -between)
    added = value(f"addWorkingDays('{one}', {number}, 'c')", words)
    after = [on for on in open_days if on > one][:number] if number > 0 else []
    before = [on for on in reversed(open_days) if on < one][:-number] if number < 0 else []
    found = (after or before)[-1] if len(after or before) == abs(number) and number else None
    assert added == (str(one) if number == 0 else found and str(found))


@given(day=st.dates(min_value=date(2023, 1, 1), max_value=date(2026, 11, 30)), number=st.integers(1, 15))
def test_a_clock_of_so_many_working_days_is_due_on_that_day(day: date, number: int) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    calendar = prepared(spec_of(Calendar.parse(OFFICE), zone="Asia/Shanghai"))
    started_at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    due = due_at(Duration(amount=number, unit="working_day"), calendar=calendar, started_at=started_at)
    assert value(f"addWorkingDays('{day}', {number}, 'office')") == str(due.astimezone(zone).date())
