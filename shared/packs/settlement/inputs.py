"""Inputs of a remedy: single values and tables of rows, typed and bounded."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from shared.packs.intake.fields import Choice
from shared.packs.language.section import Named
from shared.packs.language.types import Expr

MOST_ROWS: Final = 200

ScalarType = Literal["money", "decimal", "integer", "boolean", "text"]
InputType = ScalarType | Literal["table"]
Unit = Annotated[str, Field(min_length=1, max_length=16)]
Choices = Annotated[tuple[Choice, ...], Field(max_length=100)]


class Column(Named):
    """One value of each row of a table. In closures it is `#.<id>`; absent, it is null."""

    type: ScalarType
    """As of an input; a row holds no table."""
    unit: Unit | None = None
    """What people read after the number: `t`."""
    required: bool = True
    """A row without it is refused."""
    min: Expr | None = None
    """Least number, inclusive. A bound that the case does not know is no bound."""
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
    """What people read after the number: `CNY/t`."""
    required: bool = True
    """The quote is refused without it; a required table has at least one row."""
    taken_from: Expr | None = None
    """Reads the value from the case when the caller gives none. Not for tables: their rows are always given."""
    min: Expr | None = None
    """Least number, inclusive. A bound that the case does not know is no bound."""
    max: Expr | None = None
    """Largest number, inclusive."""
    choices: Choices = ()
    """The only texts that are taken, by id; for type `text`."""
    columns: Annotated[tuple[Column, ...], Field(max_length=20)] = ()
    """What each row of a table holds; for type `table`."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for fault in self._faults():
            msg = f"input `{self.id}` {fault}"
            raise ValueError(msg)
        return self

    def _faults(self) -> Iterator[str]:
        is_table = self.type == "table"
        if is_table != bool(self.columns):
            yield "needs `columns`" if is_table else "has `columns` but is no table"
        names = [column.id for column in self.columns]
        if len(set(names)) < len(names):
            yield "has two columns with the same id"
        if is_table and (self.taken_from is not None or self.unit is not None):
            yield "is a table: its rows are given, and units stand on its columns"
        values: tuple[Input | Column, ...] = (self, *self.columns)
        for value in values:
            if value.choices and value.type != "text":
                yield f"has choices, which only text has (`{value.id}`)"
            if (value.min is not None or value.max is not None) and value.type in ("table", "text", "boolean"):
                yield f"has bounds, which only numbers have (`{value.id}`)"
