"""Parts of the intake section that look at other cases: how many have the same customer, order or fact.

A case never counts for itself, a purged one never counts at all. Cases of every version of the pack are looked at.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.model.fields import Code
from shared.packs.language.citations import Cite
from shared.packs.language.durations import DayDuration
from shared.packs.language.expressions_in import names_read
from shared.packs.language.section import Section
from shared.packs.language.types import Expr, Ident

OTHER: Final = "other"
"""What the expressions of a look call the case that is looked at."""

LOOKED_AT: Final = frozenset({"case_type", "status", "number", "received_at", "facts", "milestones"})
"""What those expressions see of it."""

LOOKS: Final = "looks"
"""What every other expression calls the answers."""

OF_FACT: Final = "facts."

KeyPart = (
    Literal["customer", "order", "case_type", "owner"]
    | Annotated[str, Field(pattern=r"^facts\.[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=70)]
)
"""What two cases have in common: one of the words, or a fact."""


class SameCases(Section):
    """Which cases are looked at."""

    id: Ident
    """Its name."""
    label: Text
    """What people read."""
    same: Annotated[tuple[KeyPart, ...], Field(min_length=1, max_length=3)]
    """What both cases have, compared as text, all of it: `customer` (its reference), `order`, `case_type`, `owner`,
    `facts.<id>`. Not a list, a truth value or a decimal, which is written in several ways.
    """
    within: DayDuration | None = None
    """Counted back in calendar days of the pack's zone: with 12 months on 15 March 2026 cases received since 15 March
    2025, 00:00. When left out, with `period` as well, cases of all times.
    """
    period: Literal["month", "quarter", "year"] | None = None
    """Instead of `within`: the calendar month, quarter or year of the pack's zone."""
    cite: Cite

    @property
    def key(self) -> str:
        """The canonical text of `same`: sorted, joined by `|`."""
        return "|".join(sorted(self.same))

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts among `same`."""
        return tuple(part.removeprefix(OF_FACT) for part in self.same if part.startswith(OF_FACT))


class Look(SameCases):
    """A look at other cases with the same customer, order or fact, which expressions read as `looks.<id>`.

    `looks.<id>.count` is how many there are, `.sum` the sum over them (0 without any), `.cases` a list of
    `{number, case_type, status, received_at}` in the order of receipt. The case itself never counts, nor does a purged
    one. The others count with the facts and the status that they have now, when they were received no later than `at`.
    A look is taken when a case is registered and when a step is taken: `classification` and entered facts see it with
    the facts as they are entered, gates and owners of a new case as they are classified, a step as they stand before
    it. While something of `same` is absent, the whole look is null: what compares it fails, so that a gate refuses
    (`!= null` asks for it). More than 1,000 others are refused (`look_too_large`), never counted wrongly.
    """

    case_types: tuple[Ident, ...] = ()
    """Types of the other cases; all when empty."""
    when: Expr | None = None
    """Only others for which this holds count. Sees `other` alone: `case_type`, `status`, `number`, `received_at`,
    `facts.<id>`, `milestones`. One for which it cannot be computed refuses (`rule_failed`).
    """
    sum: Expr | None = None
    """A number of each other that counts, added up: `number(other.facts.claimed ?? '0')`."""


class Unique(SameCases):
    """A second case with the same customer, order or fact is refused, under the pack's own code (409).

    Asked when a case is registered, by whatever means, when a step changes what is compared, and when the customer or
    the order is corrected; `fields.case` and `fields.case_id` name the other case. `within` and `period` are measured
    between the receipts of the two, whichever came first. A step that changes only the status is not asked: where that
    may make two of them count again, its gate has to read a look.
    """

    case_types: tuple[Ident, ...] = ()
    """Types of the cases of which there may be one only; all when empty."""
    among: Expr | None = None
    """Only others for which this holds are in the way; all when left out. Sees `other` as in `looks`."""
    code: Code
    """The refusal's code, for programs."""
    message: Text
    """The refusal, for people."""


def read_by(looks: tuple[Look, ...], things: Iterable[object]) -> tuple[Look, ...]:
    """The looks that an expression inside `things` reads."""
    names = names_read(LOOKS, things)
    return looks if names is None else tuple(look for look in looks if look.id in names)
