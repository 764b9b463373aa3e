"""Words for dates in expressions: days of instants in the pack's zone, months at their ends, seasons, what is absent."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.packs.language.expression import Expression, ExpressionFailed, ExpressionTooCostly
from shared.packs.language.expression_dates import WORDS
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.language.expression_tokens import DATE_WORDS, FUNCTIONS
from shared.packs.language.expression_working_days import WORKING_DAY_WORDS
from shared.packs.language.words import Words

SHANGHAI = "Asia/Shanghai"
# Half past midnight on 1 March in Shanghai; still 28 February in UTC.
BOOKED = "2026-02-28T16:30:00Z"
DATES = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
INSTANTS = st.integers(min_value=631_152_000, max_value=3_818_448_000).map(lambda at: datetime.fromtimestamp(at, UTC))
"""Whole seconds from 1990 to 2090."""
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "UTC")
"""Summer time at midnight (Cairo, São Paulo), and a day that never was (Apia, 30 December 2011)."""


def value(source: str, zone: str = SHANGHAI, **context: object) -> object:
    return Expression(source, words=Words(zone=zone)).value({"at": BOOKED, **context})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("date(at)", "2026-03-01"),
        ("date('2026-03-01')", "2026-03-01"),
        ("month(at)", Decimal(3)),
        ("year('2026-12-31T16:00:00Z')", Decimal(2027)),
        ("quarter('2026-03-31')", Decimal(1)),
        ("day(at)", Decimal(1)),
        ("hour(at)", Decimal(0)),
        ("minute(at)", Decimal(30)),
        ("hour('2026-03-02T22:59:59+08:00') >= 22", True),
        ("weekday('2026-03-02')", Decimal(1)),
        ("weekday('2026-03-08')", Decimal(7)),
        ("startOf(at, 'month')", "2026-03-01"),
        ("startOf('2026-03-08', 'week')", "2026-03-02"),
        ("endOf('2026-02-10', 'month')", "2026-02-28"),
        ("endOf('2026-02-10', \"quarter\")", "2026-03-31"),
        ("endOf(at, 'year')", "2026-12-31"),
        ("addDays(at, 30)", "2026-03-31"),
        ("addDays('2026-03-01', -1)", "2026-02-28"),
        ("addMonths('2026-01-31', 1)", "2026-02-28"),
        ("addMonths('2024-01-31', 1)", "2024-02-29"),
        ("addMonths('2026-03-31', -1)", "2026-02-28"),
        ("addYears('2024-02-29', 1)", "2025-02-28"),
        ("addYears('2024-02-29', 4)", "2028-02-29"),
        ("daysBetween('2026-01-31', at)", Decimal(29)),
        ("daysBetween(at, '2026-02-28')", Decimal(-1)),
        ("monthsBetween('2026-01-31', '2026-02-27')", Decimal(0)),
        ("monthsBetween('2026-01-31', '2026-02-28')", Decimal(1)),
        ("monthsBetween('2026-02-28', '2026-03-31')", Decimal(1)),
        ("monthsBetween('2026-03-31', '2026-01-31')", Decimal(-2)),
        ("yearsBetween('2024-02-29', '2025-02-27')", Decimal(0)),
        ("yearsBetween('2024-02-29', '2025-02-28')", Decimal(1)),
        ("hoursBetween('2026-03-01T00:00:00Z', '2026-03-01T01:30:00Z')", Decimal("1.5")),
        ("minutesBetween(at, '2026-03-01T00:31:30+08:00')", Decimal("1.5")),
        ("isBefore('2026-02-28', at)", True),
        ("isBefore('2026-03-01', at)", False),
        ("isOnOrBefore('2026-03-01', at)", True),
        ("isAfter('2026-03-02', at)", True),
        ("isOnOrAfter('2026-02-28', at)", False),
        ("isBefore('2026-03-01T00:30:00+08:00', at)", False),
        ("isBefore('2026-03-01T00:29:59+08:00', at)", True),
        ("date(at) == facts.day", True),
        ("daysBetween(facts.day, addDays(startOf(at, 'month'), 9)) == 9", True),
        ("'date(' + date(at)", "date(2026-03-01"),
        ("facts.month", 3),
    ],
)
def test_each_word(source: str, expected: object) -> None:
    assert value(source, facts={"day": "2026-03-01", "month": 3}) == expected


@pytest.mark.parametrize(
    ("day", "winter", "summer"),
    [
        ("2026-11-14", False, False),
        ("2026-11-15", True, False),
        ("2026-12-31", True, False),
        ("2026-01-01", True, False),
        ("2026-03-15", True, False),
        ("2026-03-16", False, False),
        ("2026-06-01", False, True),
        ("2026-08-31", False, True),
        ("2026-09-01", False, False),
    ],
)
def test_a_season_has_both_its_ends_and_may_go_over_new_year(day: str, winter: bool, summer: bool) -> None:
    assert value(f"inSeason('{day}', '11-15', '03-15')") is winter
    assert value(f"inSeason('{day}', '06-01', '08-31')") is summer


@pytest.mark.parametrize("absent", [None, "", "soon", "2026-02-30", "20260301", 5, True, [], "aTb"])
@pytest.mark.parametrize("word", sorted(WORDS))
def test_what_is_no_date_is_null_and_fails_where_it_is_compared(word: str, absent: object) -> None:
    samples = {"'month'": "'month'", "'11-15'": "'11-15'", "'03-15'": "'03-15'", "whole number": "1"}
    arguments = [samples.get(taken, "facts.x") for taken in WORDS[word].takes]
    source = f"{word}({', '.join(arguments)})"
    assert value(source, facts={"x": absent}) is None
    with pytest.raises(ExpressionFailed):
        Expression(f"not {source}", words=Words(zone=SHANGHAI)).holds({"facts": {"x": absent}})


def test_a_day_has_no_hours() -> None:
    assert value("hoursBetween('2026-03-01', at)") is None
    assert value("hour('2026-03-01')") is None
    assert value("minute('2026-03-01')") is None


@given(at=INSTANTS, zone=st.sampled_from(ZONES))
def test_the_time_of_an_instant_is_that_on_the_wall(at: datetime, zone: str) -> None:
    local = at.astimezone(ZoneInfo(zone))
    assert value("hour(at)", zone, at=at.isoformat()) == local.hour
    assert value("minute(at)", zone, at=at.isoformat()) == local.minute


@pytest.mark.parametrize("number", ["1.5", "'1'", "null"])
def test_days_and_months_are_added_whole(number: str) -> None:
    assert value(f"addDays(at, {number})") is None
    assert value(f"addMonths(at, {number})") is None


def test_a_word_is_used_on_the_elements_of_a_list() -> None:
    visits = [{"on": "2026-02-20"}, {"on": "2025-02-20"}, {"on": None}]
    assert value("count(visits, (daysBetween(#.on, at) ?? 999) <= 365)", visits=visits) == 1
    assert value("some(visits, (isAfter(#.on, addDays(at, -30)) ?? false))", visits=visits) is True


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("date()", "write date(date or instant)"),
        ("daysBetween(at)", "write daysBetween(earlier, later)"),
        ("daysBetween(at, at, at)", "write daysBetween(earlier, later)"),
        ("startOf(at, 'fortnight')", "a period is one of 'week', 'month', 'quarter', 'year'"),
        ("startOf(at, facts.period)", "a period is one of 'week', 'month', 'quarter', 'year'"),
        ("inSeason(at, '1-1', '03-15')", "a season begins and ends with a month and a day: '11-15'"),
        ("inSeason(at, '13-01', '03-15')", "a season begins and ends with a month and a day: '11-15'"),
        ("date(at", "a bracket stays open"),
        ("facts.day.month()", "no method `month`"),
        ("d(at)", "no function `d`"),
    ],
)
def test_a_word_that_is_given_something_else_is_refused_when_it_is_read(source: str, said: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        Expression(source)
    assert refused.value.detail == said


def test_words_within_words_do_not_grow_without_bound() -> None:
    nested = "at"
    for _ in range(40):
        nested = f"addDays({nested}, 1)"
    assert value(f"daysBetween(at, {nested})") == 40
    with pytest.raises(ExpressionInvalid):
        Expression("some(a, some(#, isBefore(#, at)))")


def test_a_long_list_of_dates_is_too_costly() -> None:
    expression = Expression("count(rows, daysBetween(#.on, at) <= 30)", words=Words(zone=SHANGHAI))
    with pytest.raises(ExpressionTooCostly):
        expression.holds({"rows": [{"on": "2026-02-20"}] * 1_000, "at": BOOKED})


def test_expressions_of_other_zones_are_others() -> None:
    here, there = Expression("date(at)", words=Words(zone=SHANGHAI)), Expression("date(at)")
    assert here != there
    assert (here.value({"at": BOOKED}), there.value({"at": BOOKED})) == ("2026-03-01", "2026-02-28")
    assert str(here) == "date(at)"


def test_no_word_is_the_name_of_a_function() -> None:
    assert {*WORDS, *WORKING_DAY_WORDS} == DATE_WORDS
    assert WORDS.keys().isdisjoint(WORKING_DAY_WORDS)
    assert DATE_WORDS.isdisjoint(FUNCTIONS)


def months_later(day: date, months: int) -> date:
    """The reference: the same day of the month, or the last one where it is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@given(instant=INSTANTS, zone=st.sampled_from(ZONES))
def test_the_day_of_an_instant_is_that_of_the_zone_database(instant: datetime, zone: str) -> None:
    expected = instant.astimezone(ZoneInfo(zone)).date()
    assert value("date(at)", zone, at=instant.isoformat()) == expected.isoformat()


@given(day=DATES, days=st.integers(-20_000, 20_000), zone=st.sampled_from(ZONES))
def test_days_are_added_and_counted_on_the_calendar(day: date, days: int, zone: str) -> None:
    later = (day + timedelta(days=days)).isoformat()
    assert value("addDays(x, n)", zone, x=day.isoformat(), n=days) == later
    assert value("daysBetween(x, y)", zone, x=day.isoformat(), y=later) == days


@given(day=DATES, months=st.integers(-300, 300))
def test_months_are_added_at_the_ends_of_months(day: date, months: int) -> None:
    assert value("addMonths(x, n)", x=day.isoformat(), n=months) == months_later(day, months).isoformat()


@given(one=DATES, other=DATES)
def test_full_months_and_years_do_not_go_beyond_the_later_date(one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    months = 0
    while months_later(earlier, months + 1) <= later:
        months += 1
    given_dates = {"x": earlier.isoformat(), "y": later.isoformat()}
    assert value("monthsBetween(x, y)", **given_dates) == months
    assert value("yearsBetween(x, y)", **given_dates) == months // 12
    assert value("isOnOrBefore(x, y)", **given_dates) is True
    assert value("isAfter(x, y)", **given_dates) is False
