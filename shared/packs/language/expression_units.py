"""Words for values with units in expressions: `quantity(150, 'CNY')` is a number that is said to be so many CNY.

Units exist when a pack is published, not when it runs: `publishing/check_units.py` infers and compares them.
"""

from collections.abc import Sequence
from typing import Final

from shared.packs.language.expression_calls import Argument, rewritten
from shared.packs.language.expression_dates import quoted
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.language.units import LONGEST, NotConvertible, factor

TAKES: Final = {"quantity": ("number", "'unit'"), "convert": ("number", "'unit'", "'other unit'")}


def with_units(source: str) -> str:
    """`source` with the words for units written out. Raises ExpressionInvalid."""

    def write(name: str, given: Sequence[Argument]) -> str:
        units = [quoted(each) for each in given[1:]]
        if len(given) != len(TAKES[name]) or not all(0 < len(unit) <= LONGEST for unit in units):
            raise ExpressionInvalid(detail=f"write {name}({', '.join(TAKES[name])})")
        value = f"({with_units(given[0])})"
        if name == "quantity":
            return value
        try:
            times = factor(*units)
        except NotConvertible as error:
            raise ExpressionInvalid(detail=error.reason) from None
        return f"({value} * {times.numerator} / {times.denominator})"

    return rewritten(source, TAKES, write)
