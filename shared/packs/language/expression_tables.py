"""Tables of a pack in expressions: a call is written out as a row of conditions, evaluated for arguments read once.

An argument that is absent or outside its column gives null, and so does a case that no row takes; null fails wherever
it is compared or computed with. Hit policies are those of DMN 1.5, 8.2.8: `unique`, `first`, and `collect` with sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from shared.packs.language.expression_calls import Argument, bound, rewritten
from shared.packs.language.expression_cost import DATE_UNITS
from shared.packs.language.expression_text import ExpressionInvalid, tokens_of
from shared.packs.language.expression_tokens import DATE_WORDS

Hit = Literal["unique", "first", "sum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row: its condition and its result in the engine's words, over the arguments `#[0]`, `#[1]`; its citation."""

    condition: str
    gives: str
    cite: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose rows are tried in their order; a malformed one has no columns, takes anything and is null."""

    takes: tuple[str, ...] | None
    is_number: tuple[bool, ...] = ()
    admitted: str = "true"
    """The condition that arguments are of their columns."""
    hit: Hit = "unique"
    rows: tuple[TableRow, ...] = ()
    nothing: str = "0"
    """What a row that is not taken adds to a sum."""

    def numbered(self) -> "Table":
        """The same table, giving the numbers (from 1) of the rows that are taken, as text with a blank behind each."""
        rows = (replace(row, gives=f"'{number} '") for number, row in enumerate(self.rows, 1))
        return replace(self, rows=tuple(rows), nothing="''")

    def written(self, given: Sequence[Argument]) -> str:
        """The result for these arguments, in the engine's words."""
        arguments = ", ".join(f"({each.strip()})" for each in given)
        numbers = ", ".join(f"number(#[{i}])" if is_number else f"#[{i}]" for i, is_number in enumerate(self.is_number))
        absent = " or ".join(f"#[{i}] == null" for i in range(len(given)))
        admitted = bound(f"[{numbers}]", f"({self.admitted}) ? ({self._result}) : null")
        return bound(f"[{arguments}]", f"({absent}) ? null : {admitted}")

    @cached_property
    def units(self) -> int:
        """The work of one evaluation, as `expression_cost` counts it."""
        tokens = [token for token in tokens_of(self.written(self.takes or ())) if token.kind != "text"]
        return len(tokens) + DATE_UNITS * sum(token.text in DATE_WORDS for token in tokens)

    @property
    def _result(self) -> str:
        if self.hit == "sum":
            return " + ".join(f"(({row.condition}) ? ({row.gives}) : {self.nothing})" for row in self.rows)
        return " ".join([*(f"({row.condition}) ? ({row.gives}) :" for row in self.rows), "null"])


def with_tables(source: str, tables: Mapping[str, Table]) -> str:
    """`source` with its calls of tables written out. Raises ExpressionInvalid for a wrong number of arguments."""

    def write(name: str, given: Sequence[Argument]) -> str:
        table = tables[name]
        if table.takes is None:
            return "null"
        if len(given) != len(table.takes):
            raise ExpressionInvalid(detail=f"write {name}({', '.join(table.takes)})")
        return table.written([with_tables(argument, tables) for argument in given])

    return rewritten(source, tables, write) if tables else source
