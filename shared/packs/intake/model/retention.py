"""How long cases and their files are kept, and who may have a case erased afterwards."""

from typing import Annotated, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.model.workflow import NumberPattern
from shared.packs.language.citations import Cite
from shared.packs.language.durations import DayDuration
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident


class Term(Section):
    """A time of keeping. Of several that fit the most specific one decides.

    One with `kinds` goes before one without, then one with `when` before one without, then one with `case_types`
    before one without; of equal ones the one that ends last, then the one that stands first. A term whose `from` is not
    reached ends after all others. A condition that cannot be computed holds, and its term has not begun.
    """

    id: Ident
    """Its name, told wherever the term is explained."""
    label: Text
    """What people read."""
    cite: Cite
    case_types: tuple[Ident, ...] = ()
    """All case types when empty."""
    when: Expr | None = None
    """Only where this holds: the outcome of the case (`case.status == 'refused'`, `'claim.paid' in milestones`)."""
    from_: Annotated[EventName, Field(alias="from")]
    """The milestone from whose day (in the pack's zone) the time counts; of several the last."""
    keep: DayDuration
    """Days, weeks, months or years. Archived on 2026-03-05 and kept 1 year: may go from 2027-03-05, 00:00."""


class Retention(Term):
    """How long cases are kept. No case is purged by itself: when the time is over, it may be purged on request.

    A purge erases personal facts, parties, the contact, the description, references to customer and order, the
    files, and the contents of papers, records and visits. It leaves number, type, dates, the other facts and a
    numbered certificate of what went. It waits for the terms of `evidence_retention` of the files that the case has.
    Of several rules for a case the most specific one decides: one with `when` before one without, then one with
    `case_types` before one without; of equal ones the one that ends last.
    """

    after: Literal["files"] | None = None
    """`files`: the time counts from the day on which the last term of its files is over, erased ones included, where
    that is later than `from`. Without it the time of the case and those of its files run beside each other.
    """
    hold_when: Expr | None = None
    """While this holds for the case, neither it nor any of its files may go, whichever rule decides (a lawsuit)."""
    roles: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Who may have it purged."""
    number: NumberPattern = "PC-{yyyy}-{seq:5}"
    """Numbers of the certificates."""


class EvidenceRetention(Term):
    """How long files are kept. When the time is over, the file itself is erased by the system, and the case stays.

    Its kind, SHA-256, the term and its citation stay on the case and in the history. A file of a case that is
    handled stays until the case is closed. Of several rules the most specific one decides: one with `kinds` before one
    without, then one with `when` before one without, then one with `case_types` before one without; of equal ones the
    one that ends last. A file that no rule is for is kept as long as its case.
    """

    kinds: tuple[Ident, ...] = ()
    """Kinds of evidence; all when empty. With `from: evidence.added` the time counts from the filing of each file."""
