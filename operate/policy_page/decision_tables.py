"""Decision tables and definitions of a pack, with each cell as people read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.kernel.text import Text
from shared.packs.language.citations import citations
from shared.packs.pack.tables import Band, Cell, DecisionRow, DecisionTable, Definition

_HITS: Final[Mapping[str, Text]] = {
    "unique": Text(zh="至多一行适用", en="one row at most is taken"),
    "first": Text(zh="取第一个适用的行", en="the first row that fits is taken"),
    "sum": Text(zh="适用的各行相加", en="all rows that fit are added"),
}
_ANY: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOnPage:
    """A row: a cell for each column, `–` where the column may be anything."""

    cells: tuple[str, ...]
    gives: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOnPage:
    """A decision table."""

    id: str
    label: Text
    call: str
    hit: Text
    columns: tuple[str, ...]
    rows: tuple[RowOnPage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionOnPage:
    """A named expression."""

    id: str
    label: Text
    call: str
    formula: str
    rules: tuple[str, ...]


def rules_of(*cites: str) -> tuple[str, ...]:
    """The rule ids of citations, each once."""
    return tuple(dict.fromkeys(each.partition(" ")[0] for cite in cites for each in citations(cite)))


def table_on_page(table: DecisionTable) -> TableOnPage:
    """The rows of a table under its columns."""
    columns = tuple(column.id for column in table.takes)
    return TableOnPage(
        id=table.id,
        label=table.label,
        call=f"{table.id}({', '.join(columns)})",
        hit=_HITS[table.hit],
        columns=columns,
        rows=tuple(_row(row, columns) for row in table.rows),
    )


def definition_on_page(definition: Definition) -> DefinitionOnPage:
    """A definition as it is called and as it is written."""
    return DefinitionOnPage(
        id=definition.id,
        label=definition.label,
        call=f"{definition.id}({', '.join(definition.takes)})",
        formula=definition.formula.source,
        rules=rules_of(definition.cite),
    )


def _row(row: DecisionRow, columns: tuple[str, ...]) -> RowOnPage:
    cells = tuple(_cell(row.when[column]) if column in row.when else _ANY for column in columns)
    return RowOnPage(cells=cells, gives=row.gives.source, rules=rules_of(row.cite))


def _cell(cell: Cell) -> str:
    match cell:
        case Band():
            sides = (("≥", cell.from_), (">", cell.above), ("≤", cell.up_to), ("<", cell.below))
            return ", ".join(f"{sign} {end:f}" for sign, end in sides if end is not None)
        case bool():
            return "true" if cell else "false"
        case str():
            return cell
        case _:
            return ", ".join(cell)
