"""Standing facts: what is on record about a customer, product, contract, unit or person, from a day until another.

They are not facts of a case: the organisation's own systems state them, and a decision reads those in effect then.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.model.fields import EntryField, FieldType
from shared.packs.language.citations import Cite
from shared.packs.language.expressions_in import names_read
from shared.packs.language.section import Choice, Section
from shared.packs.language.types import Expr, Ident, Unit

SubjectKind = Literal["customer", "product", "contract", "unit", "person"]
"""What standing facts are about; a `unit` is a part of the organisation, such as a branch or a warehouse."""

STANDING: Final = "standing"
"""What expressions call the values."""


class StandingFact(Section):
    """A standing fact that expressions read as `standing.<id>`: the value on record for the subject of the case.

    Stated with `POST /v1/standing-facts`, each value from an instant on, some until another. A decision reads the value
    in effect when it happened (`at`), as it is known when it is made, and the case's history keeps it. Read where looks
    are: `classification`, entered facts, gates and owners of a new case, and everything of a step; nowhere else.
    While nothing is on record and `otherwise` is left out, it is null, as an absent fact is. A value on record that is
    not of the type refuses (`standing_fact_unfit`).
    """

    id: Ident
    """`standing.<id>` in expressions."""
    label: Text
    """What people read."""
    of: SubjectKind
    """What it is about."""
    key: Expr | None = None
    """The subject's id, as text of at most 200 characters: `facts.product`, `input.driver`, `actor.subject`. Of a
    `customer` it may be left out: the case's customer. At a registration it sees the facts as entered, which the
    rows of the classification read too, and afterwards as classified; in a step the facts before it and the input.
    While it is absent or cannot be computed, the standing fact is null.
    """
    as_of: Expr | None = None
    """The date, or the instant, whose value is meant, when it is not that of the decision: `facts.fault_on`. Of a date,
    the record that holds when the day begins in the pack's zone. Sees what `key` sees; what is on record is read as it
    is known when the decision is made. While it is absent or no date, the standing fact is null, without `otherwise`.
    """
    name: Ident | None = None
    """The name under which it is on record, when that is not its id: two subjects have the same fact."""
    type: FieldType
    """As of facts: `decimal` is text, `date` `2026-03-02`, `instant` with an offset, `list` texts."""
    choices: tuple[Choice | Ident, ...] = ()
    """What a `choice` may be, or the members of a `list`."""
    unit: Unit | None = None
    """The unit of a number: `t`, `CNY`. Expressions that add or compare it with a value of another unit are refused."""
    otherwise: str | bool | int | Annotated[tuple[str, ...], Field(max_length=100)] | None = None
    """Its value while nothing is on record for the subject; of a decimal quoted text."""
    cite: Cite

    @property
    def recorded_name(self) -> str:
        """The name under which it is on record."""
        return self.name or self.id

    @cached_property
    def field(self) -> EntryField:
        """The grammar of its values."""
        return EntryField(id=self.id, label=self.label, type=self.type, choices=self.choices, unit=self.unit)


def standing_read_by(declared: tuple[StandingFact, ...], things: Iterable[object]) -> tuple[StandingFact, ...]:
    """The standing facts that an expression inside `things` reads."""
    names = names_read(STANDING, things)
    return declared if names is None else tuple(fact for fact in declared if fact.id in names)
