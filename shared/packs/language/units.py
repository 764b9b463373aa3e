"""Units of values in a pack: `CNY`, `t`, `CNY/t`, `hour`; what a unit is a multiple of, and how units multiply.

A name is a unit of its own: kilograms and tonnes are never added by accident, `convert` goes from one to the other.
The method is that of units of measure in types (A. Kennedy, "Types for Units-of-Measure", CEFP 2009), by inference.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from shared.kernel.money import EXPONENTS

LONGEST: Final = 16
"""Characters of a unit."""
MINOR: Final = "_minor"
"""`CNY_minor` is the minor unit of CNY (fen)."""

_NAME: Final = re.compile(r"[^\s/*()]+")
_SHARES: Final = frozenset({"1", "%"})
_MULTIPLES: Final[Mapping[str, tuple[str, Fraction]]] = {
    **{
        name: ("second", Fraction(seconds))
        for name, seconds in {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}.items()
    },
    **{name: ("month", Fraction(months)) for name, months in {"month": 1, "year": 12}.items()},
    **{name: ("kg", Fraction(grams, 1000)) for name, grams in {"g": 1, "kg": 1000, "t": 1_000_000}.items()},
    **{name: ("m", Fraction(mm, 1000)) for name, mm in {"mm": 1, "cm": 10, "m": 1000, "km": 1_000_000}.items()},
    **{name: ("L", Fraction(ml, 1000)) for name, ml in {"mL": 1, "L": 1000, "m3": 1_000_000}.items()},
    "%": ("1", Fraction(1, 100)),
    "1": ("1", Fraction(1)),
}
"""What each name is a multiple of. A day is 24 hours here; days of a calendar are counted, not converted."""

Unit = tuple[tuple[str, int], ...]
"""Names with their powers, in order; empty for a share or a count."""

SHARE: Final[Unit] = ()


def unit_from(text: str) -> Unit:
    """`CNY/t` is CNY by t; a text of another form is a name of its own."""
    parts = re.split(r"\s*([/*])\s*", text.strip())
    if not all(_NAME.fullmatch(name) for name in parts[::2]):
        return ((text.strip(), 1),)
    powers = {parts[0]: 1}
    for sign, name in zip(parts[1::2], parts[2::2], strict=True):
        powers[name] = powers.get(name, 0) + (1 if sign == "*" else -1)
    return _unit(powers)


def product(one: Unit, other: Unit, *, power: int = 1) -> Unit:
    """The unit of a product, with `power` -1 of a quotient."""
    powers = dict(one)
    for name, of_other in other:
        powers[name] = powers.get(name, 0) + power * of_other
    return _unit(powers)


def shown(unit: Unit) -> str:
    """`CNY/t`, as authors write it."""
    above = [name for name, power in unit for _ in range(power)]
    below = [f"/{name}" for name, power in unit for _ in range(-power)]
    return "*".join(above or ["1"]) + "".join(below)


@dataclass(frozen=True, slots=True)
class NotConvertible(ValueError):
    """Units of which neither is a multiple of the other."""

    reason: str


def factor(given: str, wanted: str) -> Fraction:
    """How many of `wanted` one of `given` is. Raises NotConvertible."""
    (base, many), (other, few) = _multiple(given), _multiple(wanted)
    if base != other:
        raise NotConvertible(f"'{given}' is no multiple of '{wanted}'")
    return many / few


def _multiple(name: str) -> tuple[str, Fraction]:
    currency = name.removesuffix(MINOR)
    if currency in EXPONENTS:
        return currency, Fraction(1, 10 ** EXPONENTS[currency]) if name.endswith(MINOR) else Fraction(1)
    return _MULTIPLES.get(name, (name, Fraction(1)))


def _unit(powers: Mapping[str, int]) -> Unit:
    return tuple(sorted((name, power) for name, power in powers.items() if power and name not in _SHARES))
