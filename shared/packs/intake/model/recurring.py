"""What is due again and again: reports, audits, return visits. Each is a case of its own, opened by the calendar.

Such a case has clocks, an owner, steps, papers and messages as every case has; nothing else watches obligations.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.kernel.periods import Every
from shared.kernel.text import Text
from shared.packs.intake.model.samples import Drawing
from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident


class Sample(Drawing):
    """A draw among the cases that reached a milestone within the period.

    Which ones is settled as for `samples`: by a hash over organisation, pack, `id`, period and the case's id, so the
    same draw comes out whenever it is repeated.
    """

    case_types: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Types of the cases that are drawn from."""
    reached: EventName
    """The milestone; a case belongs to the period in which it reached it, a second time counts as well."""
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
