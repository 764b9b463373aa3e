"""Words for dates and instants in expressions, written in the engine's own date functions before it compiles them.

A date is text (`2026-03-02`), an instant is text with `T` and an offset (`2026-03-02T01:00:00Z`), as facts hold them.
The day of an instant is that in the pack's zone; days, months and years are counted on the calendar, so that no change
of summer time is between them. What is neither, and what is absent, gives null, and null fails wherever it is ordered
or computed with: a bound over an absent date is never a yes.

A month after the last day of a month is the last day of the next one that has fewer days (31 January and a month is 28
or 29 February); full months and years are counted so that adding them does not go beyond the later date.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.packs.language.expression_calls import Argument, bound, rewritten
from shared.packs.language.expression_text import ExpressionInvalid


@dataclass(frozen=True, slots=True)
class Word:
    """What a word takes, as authors read it, and what is written for it, given its arguments' texts and the zone."""

    takes: tuple[str, ...]
    written: Callable[[Sequence[Argument], str], str]


_PERIODS: Final = ("week", "month", "quarter", "year")
_QUOTED: Final = re.compile(r"""^\s*(?:'([^']*)'|"([^"]*)")\s*$""")
_MONTH_AND_DAY: Final = re.compile(r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
_IS_SAID: Final = "type(#) == 'string' and (len(#) == 10 or contains(#, 'T')) and d(#).isValid()"


def with_dates(source: str, *, zone: str) -> str:
    """`source` with the words for dates written out. Raises ExpressionInvalid when a word is given something else."""

    def write(name: str, given: Sequence[Argument]) -> str:
        word = WORDS[name]
        if len(given) != len(word.takes):
            raise ExpressionInvalid(detail=f"write {name}({', '.join(word.takes)})")
        return word.written([with_dates(argument, zone=zone) for argument in given], zone)

    return rewritten(source, WORDS, write)


def day_of(text: str, zone: str) -> str:
    """The day, as text, of a date or an instant."""
    local = f"d(#, '{zone}').format('%Y-%m-%d')"
    return bound(text, f"({_IS_SAID}) ? (len(#) == 10 ? # : {local}) : null")


def _of_day(body: str) -> Callable[[Sequence[Argument], str], str]:
    """What `body` says of the day `#`."""
    return lambda given, zone: bound(day_of(given[0], zone), f"# == null ? null : {body}")


def _of_days(body: str) -> Callable[[Sequence[Argument], str], str]:
    """What `body` says of the days `#[0]` and `#[1]`."""

    def written(given: Sequence[Argument], zone: str) -> str:
        both = f"[{day_of(given[0], zone)}, {day_of(given[1], zone)}]"
        return bound(both, f"(#[0] == null or #[1] == null) ? null : {body}")

    return written


def _added(unit: str, *, times: int = 1) -> Callable[[Sequence[Argument], str], str]:
    """The day that is a whole number of units later, or earlier where it is negative."""

    def written(given: Sequence[Argument], zone: str) -> str:
        both = f"[{day_of(given[0], zone)}, {given[1]}]"
        is_whole = "type(#[1]) == 'number' and #[1] == floor(#[1])"
        later = f"d(#[0]).add(#[1] * {times}, '{unit}').format('%Y-%m-%d')"
        return bound(both, f"(#[0] != null and {is_whole}) ? {later} : null")

    return written


def _instant(text: str) -> str:
    """Milliseconds since 1970 of an instant; null for a date."""
    return bound(text, f"({_IS_SAID} and len(#) > 10) ? d(#).timestamp() : null")


def _of_time(body: str) -> Callable[[Sequence[Argument], str], str]:
    """What `body` says of the local time of an instant; null for a date."""

    def written(given: Sequence[Argument], zone: str) -> str:
        return bound(given[0], f"({_IS_SAID} and len(#) > 10) ? d(#, '{zone}').{body} : null")

    return written


def _apart(unit_milliseconds: int) -> Callable[[Sequence[Argument], str], str]:
    """How many units the second instant is after the first one."""

    def written(given: Sequence[Argument], _zone: str) -> str:
        both = f"[{_instant(given[0])}, {_instant(given[1])}]"
        return bound(both, f"(#[0] == null or #[1] == null) ? null : (#[1] - #[0]) / {unit_milliseconds}")

    return written


def _ordered(sign: str) -> Callable[[Sequence[Argument], str], str]:
    """Two instants by their time, otherwise by their days."""

    def written(given: Sequence[Argument], zone: str) -> str:
        instants = f"[{_instant('#[0]')}, {_instant('#[1]')}]"
        days = f"[{day_of('#[0]', zone)}, {day_of('#[1]', zone)}]"
        by_day = f"(#[1][0] == null or #[1][1] == null) ? null : d(#[1][0]) {sign} d(#[1][1])"
        by_time = f"(#[0][0] != null and #[0][1] != null) ? #[0][0] {sign} #[0][1]"
        return bound(f"[{given[0]}, {given[1]}]", bound(f"[{instants}, {days}]", f"{by_time} : ({by_day})"))

    return written


def _period(method: str) -> Callable[[Sequence[Argument], str], str]:
    def written(given: Sequence[Argument], zone: str) -> str:
        period = quoted(given[1])
        if period not in _PERIODS:
            raise ExpressionInvalid(detail=f"a period is one of {', '.join(map(repr, _PERIODS))}")
        return bound(day_of(given[0], zone), f"# == null ? null : d(#).{method}('{period}').format('%Y-%m-%d')")

    return written


def _season(given: Sequence[Argument], zone: str) -> str:
    first, last = (_month_and_day(each) for each in given[1:])
    number = "d(#).month() * 100 + d(#).day()"
    joined = "and" if first <= last else "or"
    return bound(day_of(given[0], zone), f"# == null ? null : (({number}) >= {first} {joined} ({number}) <= {last})")


def _month_and_day(argument: Argument) -> int:
    found = _MONTH_AND_DAY.match(quoted(argument))
    if found is None:
        raise ExpressionInvalid(detail="a season begins and ends with a month and a day: '11-15'")
    return int(found[1]) * 100 + int(found[2])


def quoted(argument: Argument) -> str:
    """The text that an argument is; empty when it is none."""
    found = _QUOTED.match(argument)
    return (found[1] or found[2] or "") if found else ""


WORDS: Final[dict[str, Word]] = {
    "date": Word(("date or instant",), lambda given, zone: day_of(given[0], zone)),
    "year": Word(("date",), _of_day("d(#).year()")),
    "quarter": Word(("date",), _of_day("d(#).quarter()")),
    "month": Word(("date",), _of_day("d(#).month()")),
    "day": Word(("date",), _of_day("d(#).day()")),
    "hour": Word(("instant",), _of_time("hour()")),
    "minute": Word(("instant",), _of_time("minute()")),
    "weekday": Word(("date",), _of_day("d(#).weekday()")),
    "startOf": Word(("date", "'month'"), _period("startOf")),
    "endOf": Word(("date", "'month'"), _period("endOf")),
    "inSeason": Word(("date", "'11-15'", "'03-15'"), _season),
    "addDays": Word(("date", "whole number"), _added("day")),
    "addMonths": Word(("date", "whole number"), _added("month")),
    "addYears": Word(("date", "whole number"), _added("month", times=12)),
    "daysBetween": Word(("earlier", "later"), _of_days("d(#[1]).diff(d(#[0]), 'day')")),
    "monthsBetween": Word(("earlier", "later"), _of_days("d(#[1]).diff(d(#[0]), 'month')")),
    "yearsBetween": Word(("earlier", "later"), _of_days("trunc(d(#[1]).diff(d(#[0]), 'month') / 12)")),
    "hoursBetween": Word(("earlier instant", "later instant"), _apart(3_600_000)),
    "minutesBetween": Word(("earlier instant", "later instant"), _apart(60_000)),
    "isBefore": Word(("one", "other"), _ordered("<")),
    "isAfter": Word(("one", "other"), _ordered(">")),
    "isOnOrBefore": Word(("one", "other"), _ordered("<=")),
    "isOnOrAfter": Word(("one", "other"), _ordered(">=")),
}
"""Every word by its name."""
