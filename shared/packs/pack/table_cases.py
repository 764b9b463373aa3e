"""The cases of a decision table: one value for each stretch of numbers in which no row's condition changes.

Conditions are ranges of one column each, so that a value at every end and one between two neighbouring ends stand for
all numbers: what holds for them holds everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from math import ceil, floor, prod

from shared.packs.pack.tables import Band, Cell, DecisionTable, TableColumn

Value = str | bool | Decimal


@dataclass(frozen=True, slots=True)
class TableCase:
    """One combination of arguments, in the order of the columns."""

    values: tuple[Value, ...]

    def shown(self, table: DecisionTable) -> str:
        """`grade = A, days = 4`."""
        pairs = zip(table.takes, self.values, strict=True)
        return ", ".join(f"{column.id} = {_text(value)}" for column, value in pairs)


def combinations(table: DecisionTable) -> int:
    """How many cases there are."""
    return prod(len(_values(table, column)) for column in table.takes)


def rows_taken(table: DecisionTable) -> Iterator[tuple[TableCase, list[int]]]:
    """Every case with the rows that hold in it, in their order."""
    columns = [_values(table, column) for column in table.takes]
    held = [
        [_rows_holding(table, column, value) for value in values]
        for column, values in zip(table.takes, columns, strict=True)
    ]
    for places in product(*(range(len(values)) for values in columns)):
        rows = (1 << len(table.rows)) - 1
        for column, place in zip(held, places, strict=True):
            rows &= column[place]
        case = TableCase(tuple(values[place] for values, place in zip(columns, places, strict=True)))
        yield case, [i for i in range(len(table.rows)) if rows >> i & 1]


def _rows_holding(table: DecisionTable, column: TableColumn, value: Value) -> int:
    """The rows whose cell of this column takes the value, one bit each."""
    return sum(
        1 << i for i, row in enumerate(table.rows) if column.id not in row.when or _takes(row.when[column.id], value)
    )


def _takes(cell: Cell, value: Value) -> bool:
    match cell:
        case Band():
            return isinstance(value, Decimal) and cell.has(value)
        case bool() | str():
            return cell == value
        case choices:
            return value in choices


def _values(table: DecisionTable, column: TableColumn) -> Sequence[Value]:
    match column.type:
        case "choice":
            return column.choices
        case "boolean":
            return (True, False)
        case _:
            cells = [row.when.get(column.id) for row in table.rows]
            ends = {end for cell in cells if isinstance(cell, Band) for end in cell.ends}
            bounds = {bound for bound in (column.min, column.max) if bound is not None}
            return [value for value in _numbers(column, sorted(ends | bounds)) if _is_within(column, value)]


def _numbers(column: TableColumn, ends: Sequence[Decimal]) -> list[Decimal]:
    if not ends:
        return [Decimal(0)]
    beyond = [ends[0] - 1, ends[-1] + 1]
    if column.type == "integer":
        near = {Decimal(whole) for end in ends for whole in (ceil(end) - 1, floor(end), ceil(end), floor(end) + 1)}
        return sorted(near)
    return sorted({*ends, *((one + other) / 2 for one, other in pairwise(ends)), *beyond})


def _is_within(column: TableColumn, value: Decimal) -> bool:
    return (column.min is None or value >= column.min) and (column.max is None or value <= column.max)


def _text(value: Value) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case bool():
            return str(value).lower()
        case _:
            return value
