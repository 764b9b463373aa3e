"""The number that the figures of a period make, and whether it meets the indicator's target."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from shared.packs.sla.model.indicators import Indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The cases of a period: how many (without the undated ones), their days and amounts in sum, how many are done."""

    population: int
    undated: int
    days: int
    done: int
    amount: Decimal = Decimal(0)


def value(rule: Indicator, totals: Totals) -> Fraction | None:
    """The indicator's exact number; None for an average or a share without cases, or over fewer than `least_sample`."""
    if not is_enough(rule, totals):
        return None
    match rule.measure.kind:
        case "average_days":
            return average_days(totals)
        case "share":
            return share(totals)
        case "count":
            return count(totals)
        case "sum":
            return Fraction(totals.amount)


def is_enough(rule: Indicator, totals: Totals) -> bool:
    """Whether there are as many cases as the pack wants before it speaks of an average, a share or a sum."""
    return rule.least_sample is None or totals.population >= rule.least_sample


def met(rule: Indicator, number: Fraction | None) -> bool | None:
    """Whether the number is within the indicator's target; None without a number or a target."""
    if number is None or rule.target is None:
        return None
    return is_met(number, at_most=rule.target.at_most, at_least=rule.target.at_least)


def average_days(totals: Totals) -> Fraction | None:
    """Days per case; None without cases."""
    return Fraction(totals.days, totals.population) if totals.population else None


def share(totals: Totals) -> Fraction | None:
    """Percent done; None without cases."""
    return Fraction(100 * totals.done, totals.population) if totals.population else None


def count(totals: Totals) -> Fraction:
    """How many cases."""
    return Fraction(totals.population)


def shown(value: Fraction) -> str:
    """A number with two places, rounded half up (half down below zero): `15.33`."""
    hundredths = (abs(value) * 100 * 2 + 1) // 2
    sign = "-" if value < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


def is_met(value: Fraction, *, at_most: Decimal | None, at_least: Decimal | None) -> bool | None:
    """Whether the exact number is within the target (ADR 0027 A77: unrounded compared); None without a target."""
    if at_most is not None:
        return value <= Fraction(at_most)
    return value >= Fraction(at_least) if at_least is not None else None
