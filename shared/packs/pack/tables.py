"""`define` and `tables` of pack.yaml: what the pack names once and its expressions call in several places."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.expression_tables import Hit
from shared.packs.language.section import Section
from shared.packs.language.types import DecimalText, Expr

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 6
ColumnType = Literal["choice", "integer", "decimal", "boolean"]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=64)]
"""A name that expressions call: lower case, parts joined by `_`."""

Text64 = Annotated[str, Field(pattern=r"""^[^'"\\`]+$""", max_length=64)]
"""A text without quotes, up to 64 characters."""


class Called(Section):
    """What expressions call by its name, as a function."""

    id: Word
    """What expressions call: `months_used(facts.bought_on, at)`."""
    label: Text
    """What people read in explanations."""


class Definition(Called):
    """A named expression. It may call those above it and the tables; lint warns when nothing calls it."""

    takes: Annotated[tuple[Word, ...], Field(max_length=8)] = ()
    """Its parameters, as `is` names them; they hide variables of the same name."""
    formula: Annotated[Expr, Field(alias="is")]
    """What is written out in the place of each call. What it reads besides its parameters must be known there."""
    cite: Cite


class TableColumn(Section):
    """An argument of a table and what it may be; null when it is absent or anything else, and so is the result."""

    id: Word
    """What rows call it, in `when` and in `gives`."""
    type: ColumnType
    """Numbers may be given as text, as decimal facts are."""
    choices: Annotated[
        tuple[Annotated[str, Field(pattern=r"""^[^'"\\`]+$""", max_length=64)], ...], Field(max_length=100)
    ] = ()
    """The texts that it may be; for type `choice`."""
    min: DecimalText | None = None
    """Least number, inclusive."""
    max: DecimalText | None = None
    """Largest number, inclusive."""


class Band(Section):
    """A range of numbers; a side that is left out is open."""

    from_: Annotated[DecimalText | None, Field(alias="from")] = None
    """Least number of the band, inclusive."""
    above: DecimalText | None = None
    """The band begins just above it."""
    up_to: DecimalText | None = None
    """Largest number of the band, inclusive."""
    below: DecimalText | None = None
    """The band ends just below it."""

    def has(self, number: Decimal) -> bool:
        """Whether the number is in the band."""
        return (
            (self.from_ is None or number >= self.from_)
            and (self.above is None or number > self.above)
            and (self.up_to is None or number <= self.up_to)
            and (self.below is None or number < self.below)
        )

    @property
    def ends(self) -> tuple[Decimal, ...]:
        """The numbers at which it begins and ends."""
        return tuple(end for end in (self.from_, self.above, self.up_to, self.below) if end is not None)


Cell = Band | bool | Text64 | Annotated[tuple[Text64, ...], Field(min_length=1)]


class DecisionRow(Section):
    """A row: for which arguments it is taken, and what it gives then."""

    when: Mapping[Word, Cell] = {}
    """By column: a choice or several, a band of numbers, true or false. A column that is left out may be anything."""
    gives: Expr
    """The result; it may compute with the columns by name."""
    cite: Cite


class DecisionTable(Called):
    """Rows of conditions with a result each, called like a function: `fine(facts.grade, facts.late_days)`.

    Lint tries every combination: overlaps of a `unique` table, gaps, and rows that are never reached are told.
    """

    takes: Annotated[tuple[TableColumn, ...], Field(min_length=1, max_length=MOST_COLUMNS)]
    """Its arguments, in their order."""
    hit: Hit = "unique"
    """`unique`: one row at most is taken; `first`: the first that is; `sum`: all that are, their results added, 0 for
    none.
    """
    rows: Annotated[tuple[DecisionRow, ...], Field(min_length=1, max_length=MOST_ROWS)]
    """Tried in their order. Where none is taken the result is null, and what compares it fails."""
