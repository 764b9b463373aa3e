"""Indicators of a pack: one number per period over the cases of that period, with a target where the source sets one.

A case counts in the period, in the pack's zone, in which it reached the milestone that counts it: the end of an
average, `of` otherwise; the last time, when it reached it several times, or one of several milestones. Cases that are
pinned to a version of the pack without the indicator are not counted.
"""

from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.periods import Every
from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression
from shared.packs.language.section import Section
from shared.packs.language.types import DecimalText, EventName, Expr, Ident, Unit

_ALWAYS: Final = Expression("true")

AnyOf = EventName | Annotated[tuple[EventName, ...], Field(min_length=2, max_length=10)]
"""One milestone, or several of which each will do; a case that reached two of them counts once."""


Kind = Literal["average_days", "share", "count", "sum"]
"""What is measured."""


class AverageDays(Section):
    """Calendar days from one milestone to another, the first day not counted; in the period of the second one."""

    from_: Annotated[EventName, Field(alias="from")]
    """The milestone whose day is not counted: `case.accepted`. A case that never reached it is not in the average."""
    to: EventName
    """The milestone whose day is the last one, and says in which period the case counts: `case.closed`."""


class Within(Section):
    """How long after `of` a case still counts as done."""

    duration: Duration
    """`working_hour` and `working_day` count on `calendar`; the others are clock time and calendar days in its zone."""
    calendar: Ident
    """The calendar that `working_…` counts on, and whose zone days are counted in."""


class Share(Section):
    """Of the cases that reached `of` in the period, how many percent reached `done` (then or later, within a limit)."""

    of: AnyOf
    """The milestone that puts a case into the period: `repair.completed`; or a list of which each does."""
    done: EventName
    """What should follow (or come at the same instant): `visit.returned`; the first time after `of` is what counts."""
    within: Within | None = None
    """How soon; left out, any time later will do."""


class Count(Section):
    """How many cases reached `of`, in groups where `by` says which: a text, or a list of them (the case is in each)."""

    of: AnyOf
    """The milestone that puts a case into the period: `case.registered`; or a list of which each does."""
    by: Expr | None = None
    """`facts.kind`, `case.case_type`; cases without a value make a group without a name."""


class Sum(Section):
    """What the cases that reached `of` in the period come to, in groups where `by` says which, as counts have."""

    of: AnyOf
    """The milestone that puts a case into the period: `case.closed`; or a list of which each does."""
    amount: Expr
    """A number over the facts of the case as they are now: `number(facts.quantity_t)`; half-up to nine places. A case
    without it does not count.
    """
    unit: Unit
    """What `amount` is in: `t`, `CNY`."""
    by: Expr | None = None
    """`facts.kind`; of a list the whole amount is in each group."""


class Measure(Section):
    """What is measured: exactly one of these."""

    average_days: AverageDays | None = None
    """In days: `average_days: {from: case.accepted, to: case.closed}`."""
    share: Share | None = None
    """In percent: `share: {of: case.registered, done: case.answered}`."""
    count: Count | None = None
    """In cases: `count: {of: case.registered, by: facts.kind}`."""

    sum: Sum | None = None
    """In its unit: `sum: {of: case.closed, amount: number(facts.quantity_t), unit: t}`."""

    @property
    def kind(self) -> Kind:
        """Which of them."""
        given: dict[Kind, object] = {"average_days": self.average_days, "share": self.share, "sum": self.sum}
        return next((kind for kind, measure in given.items() if measure is not None), "count")

    @property
    def counted(self) -> tuple[str, ...]:
        """The milestones of which each one's instant puts a case into a period."""
        if self.average_days is not None:
            return (self.average_days.to,)
        found = self.share or self.count or self.sum
        of = found.of if found is not None else ()
        return (of,) if isinstance(of, str) else of

    @property
    def begun(self) -> str | None:
        """The milestone from which an average counts days."""
        return self.average_days.from_ if self.average_days is not None else None

    @property
    def done(self) -> str | None:
        """The milestone that makes a case part of a share."""
        return self.share.done if self.share is not None else None

    @property
    def within(self) -> Within | None:
        """The limit of a share."""
        return self.share.within if self.share is not None else None

    @property
    def by(self) -> Expr | None:
        """What a count or a sum is grouped by."""
        found = self.count or self.sum
        return found.by if found is not None else None

    @property
    def amount(self) -> Expr | None:
        """What a sum adds up."""
        return self.sum.amount if self.sum is not None else None


class Target(Section):
    """What the number must be: days, percent, cases, or in the unit of a sum. The exact number is compared, not the one
    shown, which is rounded.
    """

    at_most: DecimalText | None = None
    """`"15"`: 15.00 is met, 15.01 is missed."""
    at_least: DecimalText | None = None
    """`"95.5"`."""


class Indicator(Section):
    """One number per period."""

    id: Ident
    """What `GET /v1/indicators/<id>` and scenarios call it."""
    label: Text
    """What people read."""
    cite: Cite
    every: Every
    """Periods begin at midnight in the pack's zone; weeks on Monday."""
    case_types: tuple[Ident, ...] = ()
    """Only these; all when left out. A case counts as the type that it had when it reached the counted milestone."""
    when: Expr = _ALWAYS
    """Only cases for which this holds, by their facts as they are now."""
    measure: Measure
    """What is measured."""
    target: Target | None = None
    """What the source demands of the number; left out, the number is only shown."""
    least_sample: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Of an average, a share or a sum: over fewer cases than these there is no number, and nothing is met or missed."""

    @cached_property
    def events(self) -> frozenset[str]:
        """Every event that changes what a case contributes."""
        named = (*self.measure.counted, self.measure.begun, self.measure.done)
        return frozenset(event for event in named if event is not None)

    @cached_property
    def asks_facts(self) -> bool:
        """Whether a change of facts may change what a case contributes."""
        asked = (self.when, self.measure.by, self.measure.amount)
        return any(variable[0] == "facts" for expression in asked if expression for variable in expression.variables)

    def is_about(self, case_type: str) -> bool:
        """Whether cases of that type can count."""
        return not self.case_types or case_type in self.case_types
