"""Inputs of a remedy: single values and tables of rows, typed and bounded."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.packs.language.section import Choice, Named
from shared.packs.language.types import Expr, Unit

MOST_ROWS: Final = 200

ScalarType = Literal["money", "decimal", "integer", "boolean", "text"]
InputType = ScalarType | Literal["table"]
Choices = Annotated[tuple[Choice, ...], Field(max_length=100)]


class Column(Named):
    """One value of each row of a table. In closures it is `#.<id>`; absent, it is null."""

    type: ScalarType
    """As of an input; a row holds no table."""
    unit: Unit | None = None
    """What people read after the number: `t`. An expression that adds or compares it with another unit is refused."""
    required: bool = True
    """A row without it is refused."""
    min: Expr | None = None
    """Least number, inclusive. A bound that cannot be computed, because the case does not know it, refuses."""
    max: Expr | None = None
    """Largest number, inclusive."""
    choices: Choices = ()
    """The only texts that are taken, by id; for type `text`."""


class Input(Named):
    """One value a quote needs, or a table of up to 200 rows; `inputs.<id>` in formulas and gates, null when absent."""

    type: InputType
    """`money` in major units with the currency's decimals, `decimal` up to 8 decimals, `integer`, `boolean`,
    `text`, `table`; numbers are given as text.
    """
    unit: Unit | None = None
    """What people read after the number: `CNY/t`; `money` is in the remedy's currency when left out. An expression that
    adds or compares it with another unit is refused.
    """
    required: bool = True
    """The quote is refused without it; a required table has at least one row."""
    taken_from: Expr | None = None
    """Reads the value from the case when the caller gives none. Not for tables: their rows are always given."""
    min: Expr | None = None
    """Least number, inclusive. A bound that cannot be computed, because the case does not know it, refuses."""
    max: Expr | None = None
    """Largest number, inclusive."""
    choices: Choices = ()
    """The only texts that are taken, by id; for type `text`."""
    columns: Annotated[tuple[Column, ...], Field(max_length=20)] = ()
    """What each row of a table holds; for type `table`."""
