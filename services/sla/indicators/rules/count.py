"""The figures of a case, from a pack's indicators, as a function of values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from services.sla.calendars.rules.from_pack import PackCalendar, round_the_clock
from services.sla.cases.rules import Case, Evaluation, Note
from services.sla.indicators.rules.figure import ByFacts, Figure, Limit, Measured, figure, last_reached
from shared.packs.language.types import Expr
from shared.packs.language.values import text
from shared.packs.sla.model.indicators import Indicator

_LONGEST_GROUP = 200
_PLACES = Decimal("1e-9")
_MOST = Decimal(10) ** 18


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRules:
    """Indicators of a pack with its calendars; days are those of `zone`."""

    rules: Sequence[Indicator]
    calendars: Mapping[str, PackCalendar]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The figures that differ from what was known, and what could not be worked out."""

    figures: tuple[Figure, ...]
    notes: tuple[Note, ...]


def concerned(rules: Sequence[Indicator], case: Case) -> list[Indicator]:
    """The indicators in which the case counts: it reached their milestone as a case of their types."""
    return [
        rule
        for rule in rules
        if last_reached(case, rule.measure.counted) is not None and rule.is_about(_as_counted(rule, case).case_type)
    ]


def changed_by(rules: Sequence[Indicator], milestones: Sequence[str], *, facts_changed: bool) -> list[Indicator]:
    """The indicators whose figures an event with these milestones can change."""
    return [rule for rule in rules if not rule.events.isdisjoint(milestones) or (facts_changed and rule.asks_facts)]


def count(case: Case, known: Mapping[str, Figure], rules: IndicatorRules) -> Counted:
    """The case's figures anew; `known` are the stored ones by indicator."""
    evaluations = [Evaluation(_as_counted(rule, case)) for rule in rules.rules]
    figures = tuple(found for found in _figures(evaluations, known, rules) if found != known.get(found.indicator))
    return Counted(figures=figures, notes=tuple(note for evaluation in evaluations for note in evaluation.notes))


def _as_counted(rule: Indicator, case: Case) -> Case:
    """The case as one of the type that it had when it reached the counted milestone; a later one counts nothing."""
    reached = last_reached(case, rule.measure.counted)
    return case if reached is None else case.as_of(reached)


def _figures(evaluations: Sequence[Evaluation], known: Mapping[str, Figure], rules: IndicatorRules) -> Iterator[Figure]:
    for rule, evaluation in zip(rules.rules, evaluations, strict=True):
        found = figure(evaluation.case, _measured(rule, rules), known.get(rule.id), by=_by_facts(rule, evaluation))
        if found is not None:
            yield found


def _by_facts(rule: Indicator, evaluation: Evaluation) -> ByFacts:
    holds = evaluation.holds(rule.when, cite=rule.cite)
    if rule.measure.amount is None:
        return ByFacts(counts=holds, groups=_groups(rule, evaluation))
    amount = _amount(rule.measure.amount, evaluation, cite=rule.cite) if holds else None
    return ByFacts(counts=amount is not None, groups=_groups(rule, evaluation), amount=amount)


def _amount(expression: Expr, evaluation: Evaluation, *, cite: str) -> Decimal | None:
    """What a sum adds up of the case, half up to nine places; None when it is absent or no number below 10^18."""
    value = evaluation.value(expression, cite=cite, name="amount")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount.quantize(_PLACES, rounding=ROUND_HALF_UP) if abs(amount) < _MOST else None


def _measured(rule: Indicator, rules: IndicatorRules) -> Measured:
    measure = rule.measure
    return Measured(
        indicator=rule.id,
        counted=measure.counted,
        begun=measure.begun,
        done=measure.done,
        limit=_limit(rule, rules.calendars),
        zone=rules.zone,
    )


def _limit(rule: Indicator, calendars: Mapping[str, PackCalendar]) -> Limit | None:
    within = rule.measure.within
    named = calendars.get(within.calendar) if within is not None else None
    if within is None or named is None:
        return None
    hours = named.calendar
    return Limit(
        duration=within.duration, calendar=hours if within.duration.is_working_time else round_the_clock(hours)
    )


def _groups(rule: Indicator, evaluation: Evaluation) -> tuple[str, ...]:
    """The groups that a count puts the case into; none when the value is absent or cannot be computed."""
    if rule.measure.by is None:
        return ()
    value = evaluation.value(rule.measure.by, cite=rule.cite, name="group")
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text(each)[:_LONGEST_GROUP] for each in values if each is not None))
