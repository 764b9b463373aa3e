"""The pieces of an expression's text, and the names that it may use for functions."""

from dataclasses import dataclass
from typing import Final

Variable = tuple[str, ...]

ELEMENT: Final = "#"
"""What a closure calls the item of a list; in a variable, any item of the list before it."""
FUNCTIONS: Final = frozenset(
    {
        *("string", "number", "bool", "type", "isNumeric"),
        *("len", "contains", "startsWith", "endsWith", "matches", "upper", "lower", "trim", "split"),
        *("abs", "min", "max", "sum", "avg", "floor", "ceil", "round", "trunc"),
        *("some", "all", "none", "one", "count", "filter", "map", "flatMap", "keys", "values"),
    }
)
DATE_WORDS: Final = frozenset(
    {
        *("date", "year", "quarter", "month", "day", "hour", "minute", "weekday", "startOf", "endOf", "inSeason"),
        *("addDays", "addMonths", "addYears", "daysBetween", "monthsBetween", "yearsBetween"),
        *("hoursBetween", "minutesBetween", "isBefore", "isAfter", "isOnOrBefore", "isOnOrAfter"),
        *("isWorkingDay", "workingDaysBetween", "addWorkingDays"),
    }
)
"""What `expression_dates.py` and `expression_working_days.py` write out in functions of the engine."""
UNIT_WORDS: Final = frozenset({"quantity", "convert"})
"""What `expression_units.py` writes out."""
WORDS: Final = DATE_WORDS | UNIT_WORDS
CLOSURES: Final = frozenset({"some", "all", "none", "one", "count", "filter", "map", "flatMap"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; a `variable` is already joined from its dotted parts."""

    kind: str
    text: str
    parts: Variable = ()
