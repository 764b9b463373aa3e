"""Looks at the remedies of other cases: how many were approved, and for how much, with the same customer or order."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.packs.language.citations import Cite
from shared.packs.language.durations import DayDuration
from shared.packs.language.expressions_in import expressions
from shared.packs.language.section import Named
from shared.packs.language.types import Ident
from shared.packs.language.windows import Period

LOOKS: Final = "looks"
"""What expressions call the answers."""
OF_FACT: Final = "facts."

RemedyKey = (
    Literal["customer", "order", "case_type"]
    | Annotated[str, Field(pattern=r"^facts\.[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=70)]
)
"""What two cases have in common: one of the words, or a fact."""


class RemedyLook(Named):
    """A look at the remedies of cases with the same customer or order, which expressions read as `looks.<id>`.

    `looks.<id>.count` is how many there are, `.sum` the sum of their amounts in the currency of the remedy that asks,
    in major units (0 without any). The remedy that asks never counts, others of its own case do. Gates of every action
    and the bounds of inputs may read it, and a row of the approval table may add it to the amount (`cumulative`).
    It is taken under a lock on what is looked by, so that of two cases at once the second sees what the first was
    granted. While something of `same` is absent the whole look is null, and a gate that compares it refuses. After
    the approval the bounds see what they saw then; the gates of payout and release look anew.
    """

    same: Annotated[tuple[RemedyKey, ...], Field(min_length=1, max_length=3)]
    """What both cases have: `customer` (its reference) or `order`, one of them at least, and `case_type` or
    `facts.<id>` beside it. Not a list, a truth value or a decimal, which is written in several ways.
    """
    remedies: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """The remedies that count; all when empty."""
    case_types: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """Types of cases whose remedies count; all when empty."""
    counts: Literal["approved", "executed"] = "approved"
    """`approved`: all approvals were given and it was neither declined nor refused by the ERP; `executed`: paid, or
    released in full.
    """
    within: DayDuration | None = None
    """Approved since, counted back in calendar days of the pack's zone from the decision. When left out, with `period`
    as well, at any time.
    """
    period: Period | None = None
    """Instead of `within`: approved in the calendar month, quarter or year of the decision, in the pack's zone."""
    cite: Cite

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts among `same`."""
        return tuple(part.removeprefix(OF_FACT) for part in self.same if part.startswith(OF_FACT))


def looks_read(looks: Sequence[RemedyLook], things: Iterable[object]) -> frozenset[str]:
    """The ids of the looks that an expression inside `things` reads."""
    variables = {each for thing in things for _, found in expressions(thing) for each in found.variables}
    if (LOOKS,) in variables:
        return frozenset(look.id for look in looks)
    return frozenset(each[1] for each in variables if len(each) > 1 and each[0] == LOOKS)
