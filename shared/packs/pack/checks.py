"""What is wrong or doubtful in the definitions and tables of pack.yaml."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.packs.language.expression_cost import with_depths
from shared.packs.language.expression_formulas import walks
from shared.packs.language.expression_text import tokens_of
from shared.packs.language.expression_tokens import ELEMENT, FUNCTIONS, WORDS
from shared.packs.language.types import Path, Placed
from shared.packs.pack.model import Gap, PackSection
from shared.packs.pack.table_cases import combinations, rows_taken
from shared.packs.pack.tables import Band, Cell, DecisionTable, Definition, TableColumn

MOST_COMBINATIONS: Final = 100_000
"""So many cases of a table are tried when it is checked."""
_NUMBERS: Final = ("integer", "decimal")


def section_errors(section: PackSection) -> Iterator[Placed]:
    """Names of definitions and tables that mean something else already."""
    tables = {table.id for table in section.tables}
    named = [(("tables", i, "id"), table.id) for i, table in enumerate(section.tables)]
    named += [(("define", i, "id"), definition.id) for i, definition in enumerate(section.define)]
    for path, name in named:
        if name in FUNCTIONS | WORDS:
            yield path, f"{name} is a word of the language"
        elif path[0] == "define" and name in tables:
            yield path, f"{name} is a table of this pack"


def gap_errors(gap: Gap) -> Iterator[Placed]:
    """Alternatives that have no place, or one name."""
    if gap.alternatives and gap.where is None:
        yield ("where",), "alternatives need the path of the value that they replace"
    yield from _repeated([each.id for each in gap.alternatives], "alternatives")
    if gap.chosen is not None and gap.chosen not in {each.id for each in gap.alternatives}:
        yield ("chosen",), f"there is no alternative {gap.chosen}"


def definition_errors(definition: Definition) -> Iterator[Placed]:
    """Parameters that are given twice, and an element of a list that is none of the formula's own."""
    yield from _repeated(definition.takes, "takes")
    if any(token.text == ELEMENT and not depth for depth, token in with_depths(tokens_of(definition.formula.source))):
        yield ("is",), "`#` stands for an item in a function over a list; take it as a parameter"


def column_errors(column: TableColumn) -> Iterator[Placed]:
    """Choices and bounds that do not belong to the type."""
    if (column.type == "choice") != bool(column.choices):
        yield ("choices",), "belongs to a column of type choice, which needs it"
    bounds = [bound for bound in (column.min, column.max) if bound is not None]
    if bounds and column.type not in _NUMBERS:
        yield ("min" if column.min is not None else "max",), "only a number has a least and a largest value"
    if bounds != sorted(bounds):
        yield ("max",), f"{column.max:f} is less than min"


def band_errors(band: Band) -> Iterator[Placed]:
    """Two beginnings or two ends, and a band that no number is in."""
    if band.from_ is not None and band.above is not None:
        yield ("above",), "the band begins with `from` already"
    if band.up_to is not None and band.below is not None:
        yield ("below",), "the band ends with `up_to` already"
    begins = band.above if band.from_ is None else band.from_
    ends = band.below if band.up_to is None else band.up_to
    if not band.ends:
        yield (), "write where the band begins or ends: from, above, up_to, below"
    elif begins is not None and ends is not None and not (begins < ends or band.has(begins)):
        yield (), "no number is in this band"


def table_errors(table: DecisionTable) -> Iterator[Placed]:
    """Cells that do not fit their columns, results that read other things, and rows that overlap."""
    faults = [*_repeated([column.id for column in table.takes], "takes"), *_row_errors(table)]
    yield from faults
    if faults or any(list(column_errors(column)) for column in table.takes):
        return
    if (number := combinations(table)) > MOST_COMBINATIONS:
        yield ("rows",), f"{number} cases to be tried, of {MOST_COMBINATIONS} at most; make two tables of it"
    elif table.hit == "unique":
        yield from _overlaps(table)


def table_warnings(table: DecisionTable) -> Iterator[Placed]:
    """Cases that no row takes, rows that are never the one, and columns that nothing depends on."""
    if any(table_errors(table)):
        return
    taken: set[int] = set()
    gap: str | None = None
    for case, rows in rows_taken(table):
        taken.update(rows if table.hit == "sum" else rows[:1])
        gap = gap if rows or gap is not None else case.shown(table)
    if gap is not None and table.hit != "sum":
        yield ("rows",), f"no row when {gap}"
    for i in range(len(table.rows)):
        if i not in taken:
            yield ("rows", i), f"row {i + 1} is never reached"
    for i, column in enumerate(table.takes):
        if not any(column.id in row.when or _reads(row.gives.variables, column.id) for row in table.rows):
            yield ("takes", i), f"no row depends on {column.id}"


def _row_errors(table: DecisionTable) -> Iterator[Placed]:
    columns = {column.id: column for column in table.takes}
    for i, row in enumerate(table.rows):
        for name, cell in row.when.items():
            path: Path = ("rows", i, "when", name)
            if name not in columns:
                yield path, f"no column {name}; the table takes {', '.join(columns)}"
            elif (fault := _cell_fault(columns[name], cell)) is not None:
                yield path, fault
        others = {".".join(variable) for variable in row.gives.variables if variable[0] not in columns}
        if others:
            yield ("rows", i, "gives"), f"reads {', '.join(sorted(others))}; a table reads its own columns only"
        if walks(row.gives.source):
            yield ("rows", i, "gives"), "a result may not walk through a list"


def _cell_fault(column: TableColumn, cell: Cell) -> str | None:
    match column.type, cell:
        case (("integer" | "decimal"), Band()):
            return None
        case (("integer" | "decimal"), _):
            return 'write a band of numbers: {from: "0", below: "10"}'
        case "boolean", bool():
            return None
        case "boolean", _:
            return "write true or false"
        case _, str() | tuple():
            named = (cell,) if isinstance(cell, str) else cell
            unknown = [each for each in named if each not in column.choices]
            return f"{column.id} is never {', '.join(unknown)}" if unknown else None
        case _:
            return f"write one of {', '.join(column.choices)}, or a list of them"


def _overlaps(table: DecisionTable) -> Iterator[Placed]:
    told: set[tuple[int, int]] = set()
    for case, rows in rows_taken(table):
        for pair in [(rows[0], other) for other in rows[1:]]:
            if pair not in told:
                told.add(pair)
                yield ("rows", pair[1]), f"rows {pair[0] + 1} and {pair[1] + 1} both hold when {case.shown(table)}"


def _repeated(names: Sequence[str], key: str) -> Iterator[Placed]:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield (key, i), f"{name} is there twice"


def _reads(variables: tuple[tuple[str, ...], ...], name: str) -> bool:
    return any(variable[0] == name for variable in variables)
