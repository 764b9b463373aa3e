"""What is due again and again: reports, audits, return visits. Each is a case of its own, opened by the calendar.

Such a case has clocks, an owner, steps, papers and messages as every case has; nothing else watches obligations.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from shared.kernel.periods import Every
from shared.kernel.text import Text
from shared.packs.language.declarations import Scope
from shared.packs.language.section import Section
from shared.packs.language.types import Cite, DecimalText, EventName, Expr, Ident, Placed

if TYPE_CHECKING:
    from shared.packs.intake.model import IntakeSection

INTERNAL: Final = "internal"
"""The channel of cases that nobody from outside brought."""

_PERIOD: Final = frozenset({"start", "end", "label"})


class Sample(Section):
    """A draw among the cases that reached a milestone within the period, rounded up to a whole case.

    Which ones is settled by a hash over organisation, pack, `id`, period and case number: nobody chooses, and the
    same draw comes out whenever it is repeated.
    """

    case_types: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Types of the cases that are drawn from."""
    reached: EventName
    """The milestone; a case belongs to the period in which it reached it, a second time counts as well."""
    rate: Annotated[DecimalText, Field(gt=0, le=1)]
    """The share that is drawn: `"0.20"` of 137 cases are 28."""
    when: Expr | None = None
    """Only cases for which this holds are drawn from: `facts`, `case` and `milestones` are the drawn case's."""
    into: Ident
    """The fact, a list, that gets the numbers of the drawn cases."""


class Recurring(Section):
    """One internal case in every period, from the day on which the pack's version is in force.

    Periods are counted in the pack's zone; weeks begin on Monday, quarters in January, April, July and October.
    The version in force at the instant of opening decides; what lies before its publication is not made up for.
    After a stop every period that was missed gets its case, oldest first, as received when it was due.
    `when`, `facts` and `owner` see `period.start` and `period.end` (instants in UTC; the end is the next
    period's start), `period.label` (`2026-03-05`, `2026-W10`, `2026-03`, `2026-Q1`, `2026`), and with a sample
    `sample.population` and `sample.size`.
    """

    id: Ident
    """Its name; with the period it makes each case unique."""
    label: Text
    """What people read."""
    cite: Cite
    every: Every
    """The period: `day`, `week`, `month`, `quarter` or `year`."""
    opens: Literal["start", "end"] = "end"
    """`start`: as the period begins; `end`: at the first instant after it."""
    case_type: Ident
    """Type of the case; it must take cases through the channel `internal`."""
    when: Expr | None = None
    """The case is opened only when this holds (`sample.population > 0`, say)."""
    facts: dict[Ident, Expr] = {}
    """Facts of the case: what the case type requires must be among them."""
    owner: Ident | None = None
    """The role that owns the case; by the table `owners` when left out."""
    sample: Sample | None = None
    """Cases drawn for it, a spot check; none when left out."""


def scopes(section: "IntakeSection", case_roots: Mapping[str, frozenset[str] | None]) -> Iterator[Scope]:
    """The period and the sample; the drawn case where a sample chooses."""
    for i, item in enumerate(section.recurring):
        drawn = {"sample": frozenset({"population", "size"})} if item.sample else {}
        yield Scope(path=("recurring", i), roots={"period": _PERIOD, **drawn})
        chosen = {name: case_roots[name] for name in ("case", "milestones")}
        yield Scope(path=("recurring", i, "sample"), roots=chosen)


def names(section: "IntakeSection") -> Iterator[tuple[str, Placed]]:
    """Names that must exist, each with its kind."""
    for i, item in enumerate(section.recurring):
        yield "case_types", (("recurring", i, "case_type"), item.case_type)
        yield from (("facts", (("recurring", i, "facts", fact), fact)) for fact in item.facts)
        if item.owner is not None:
            yield "roles", (("recurring", i, "owner"), item.owner)
        if item.sample is not None:
            yield "events", (("recurring", i, "sample", "reached"), item.sample.reached)
            yield "facts", (("recurring", i, "sample", "into"), item.sample.into)
            for j, name in enumerate(item.sample.case_types):
                yield "case_types", (("recurring", i, "sample", "case_types", j), name)


def faults(section: "IntakeSection") -> Iterator[Placed]:
    """Cases that could never be opened, and draws that would go nowhere."""
    for i, item in enumerate(section.recurring):
        yield from (((*("recurring", i), *path), message) for path, message in _faults(section, item))


def _faults(section: "IntakeSection", item: Recurring) -> Iterator[Placed]:
    case_type = section.case_types_by_id.get(item.case_type)
    given = {*item.facts, *([item.sample.into] if item.sample else [])}
    if case_type is not None:
        if INTERNAL not in case_type.channels:
            yield ("case_type",), f"{case_type.id} takes nothing through the channel {INTERNAL}"
        needed = {*case_type.requires, *(fact.id for fact in section.enterable_facts if fact.required)}
        yield from ((("facts",), f"{case_type.id} requires the fact {name}") for name in sorted(needed - given))
    if item.sample is not None:
        into = section.facts_by_id.get(item.sample.into)
        if into is not None and into.type != "list":
            yield ("sample", "into"), f"{into.id} is no list"
        if item.sample.into in item.facts:
            yield ("sample", "into"), f"{item.sample.into} is among the facts as well"
    for key, expression in (("when", item.when), *item.facts.items()):
        if expression is not None and any(variable[0] == "facts" for variable in expression.variables):
            path = ("when",) if key == "when" else ("facts", key)
            yield path, "there are no facts yet; use period and sample"
