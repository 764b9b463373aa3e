"""What the routes of indicators answer."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pydantic import BaseModel, Field

from services.sla.indicators.rules.number import is_enough, shown
from services.sla.indicators.store import CaseFigure
from services.sla.indicators.use_cases.show_indicator import DefinedIndicator, ShownIndicator
from shared.kernel.periods import Every
from shared.kernel.text import Text
from shared.packs.sla.model.indicators import Indicator, Kind
from shared.platform.http.paging import Page

_UNITS: Final[dict[Kind, str]] = {"average_days": "days", "share": "percent", "count": "cases"}


class TargetLimitView(BaseModel):
    """What the number must be; decimal text."""

    at_most: str | None
    at_least: str | None


class PeriodView(BaseModel):
    """From `starts_at` until just before `ends_at`; `over` once the organisation's clock is past it."""

    label: str
    starts_at: datetime
    ends_at: datetime
    over: bool


class IndicatorView(BaseModel):
    """An indicator as the policy in force defines it; `period` is the label of the present one."""

    id: str
    pack: str
    label: Text
    cite: str
    every: Every
    measure: Kind
    unit: str = Field(description="`days`, `percent` or `cases`; of a sum the unit that the pack gives.")
    target: TargetLimitView | None
    least_sample: int | None = Field(description="How many cases the number needs; null where any do.")
    period: str


class IndicatorsView(BaseModel):
    """The indicators of the packs in force."""

    items: list[IndicatorView]


class GroupView(BaseModel):
    """How many cases share a value; `group` is null for those without one."""

    group: str | None
    cases: int
    amount: str | None = Field(description="Of a sum: what these cases come to, as `value`; null of a count.")


class CaseFigureView(BaseModel):
    """One case behind the number: when it counted, and what of it counts (its days; whether and when it was done)."""

    case_id: str
    number: str
    case_type: str
    at: datetime
    days: int | None
    done: bool | None
    done_at: datetime | None
    due_at: datetime | None
    undated: bool
    groups: list[str]
    amount: str | None = Field(description="Of a sum: what the case adds, in the indicator's unit; null otherwise.")


class IndicatorFiguresView(BaseModel):
    """The number of a period: decimal text with two places, half up; null without cases, or with too few.

    `met` compares the exact number with the target. `undated` are cases left out because the calendar of the limit
    is not confirmed that far. Of more than 200 groups the largest are shown.
    """

    id: str
    pack: str
    label: Text
    cite: str
    every: Every
    measure: Kind
    unit: str = Field(description="`days`, `percent` or `cases`; of a sum the unit that the pack gives.")
    period: PeriodView
    value: str | None
    target: TargetLimitView | None
    met: bool | None
    least_sample: int | None = Field(description="How many cases the number needs; null where any do.")
    not_enough_cases: bool = Field(description="Whether there are fewer cases than `least_sample`.")
    population: int
    undated: int
    groups: list[GroupView]
    more_groups: bool
    cases: Page[CaseFigureView]


def indicator_view(defined: DefinedIndicator) -> IndicatorView:
    """A line of the list."""
    rule = defined.rule
    return IndicatorView(
        id=rule.id,
        pack=defined.pack,
        label=_label(rule),
        cite=rule.cite,
        every=rule.every,
        measure=rule.measure.kind,
        unit=_unit(rule),
        target=_target(rule),
        least_sample=rule.least_sample,
        period=defined.period.label,
    )


def figures_view(found: ShownIndicator, cases: Page[CaseFigureView]) -> IndicatorFiguresView:
    """The number and a page of its cases."""
    rule, period = found.defined.rule, found.defined.period
    return IndicatorFiguresView(
        id=rule.id,
        pack=found.defined.pack,
        label=_label(rule),
        cite=rule.cite,
        every=rule.every,
        measure=rule.measure.kind,
        unit=_unit(rule),
        period=PeriodView(label=period.label, starts_at=period.starts_at, ends_at=period.ends_at, over=found.is_over),
        value=shown(found.value) if found.value is not None else None,
        target=_target(rule),
        met=found.met,
        least_sample=rule.least_sample,
        not_enough_cases=not is_enough(rule, found.totals),
        population=found.totals.population,
        undated=found.totals.undated,
        groups=[
            GroupView(group=group.name, cases=group.cases, amount=_summed(rule, group.amount)) for group in found.groups
        ],
        more_groups=found.more_groups,
        cases=cases,
    )


def case_view(found: CaseFigure, *, rule: Indicator) -> CaseFigureView:
    """One case behind the number."""
    figure = found.figure
    return CaseFigureView(
        case_id=figure.case_id,
        number=found.number,
        case_type=found.case_type,
        at=figure.at,
        days=figure.days,
        done=figure.done if rule.measure.share is not None and not figure.undated else None,
        done_at=figure.done_at,
        due_at=figure.due_at,
        undated=figure.undated,
        groups=list(figure.groups),
        amount=_summed(rule, figure.amount),
    )


def _unit(rule: Indicator) -> str:
    return rule.measure.sum.unit if rule.measure.sum is not None else _UNITS[rule.measure.kind]


def _summed(rule: Indicator, amount: Decimal | None) -> str | None:
    return shown(Fraction(amount)) if rule.measure.sum is not None and amount is not None else None


def _label(rule: Indicator) -> Text:
    return Text(zh=rule.label.zh, en=rule.label.en)


def _target(rule: Indicator) -> TargetLimitView | None:
    if rule.target is None:
        return None
    return TargetLimitView(at_most=_text(rule.target.at_most), at_least=_text(rule.target.at_least))


def _text(number: Decimal | None) -> str | None:
    return format(number, "f") if number is not None else None
