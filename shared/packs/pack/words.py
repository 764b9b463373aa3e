"""The words that a pack's expressions may use, read from pack.yaml before any expression of the pack is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from shared.packs.language.expression_formulas import Formula, with_values
from shared.packs.language.expression_tables import Table, TableRow
from shared.packs.language.expression_tokens import FUNCTIONS, WORDS
from shared.packs.language.expression_working_days import CalendarOf, no_calendar
from shared.packs.language.types import is_zone
from shared.packs.language.words import UTC, Words
from shared.packs.pack.tables import Band, Cell, DecisionTable, Definition, TableColumn

MOST_WORDS: Final = 200
"""Definitions and tables, each."""
_BUILT_IN: Final = FUNCTIONS | WORDS


def words_of(document: Mapping[str, object], *, calendar: CalendarOf = no_calendar) -> Words:
    """The words of a pack.yaml, as far as it is well formed; its own check tells what is not.

    `calendar` is that of the pack's sla.yaml. A definition or table that is malformed is known by its name, takes
    anything and is null. A name that is given twice, or that the language has, keeps its first meaning.
    """
    words = Words(zone=zone_of(document), calendar=calendar)
    for item in _items(document, "tables"):
        words = replace(words, tables={**words.tables, str(item["id"]): _table(item, words)})
    for item in _items(document, "define"):
        if item["id"] not in words.tables:
            words = replace(words, formulas={**words.formulas, str(item["id"]): _formula(item, words)})
    return words


def zone_of(document: Mapping[str, object]) -> str:
    """The zone of a pack.yaml; UTC when it names none."""
    zone = document.get("zone")
    return zone if isinstance(zone, str) and is_zone(zone) else UTC


def _items(document: Mapping[str, object], key: str) -> Iterator[Mapping[str, Any]]:
    given = document.get(key)
    seen = set(_BUILT_IN)
    for item in given[:MOST_WORDS] if isinstance(given, list) else ():
        name = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(name, str) and name.isidentifier() and name not in seen:
            seen.add(name)
            yield item


def _formula(item: Mapping[str, Any], words: Words) -> Formula:
    try:
        rule = Definition.parse(item, words=words)
    except ValidationError:
        return Formula(None, "null")
    return Formula(rule.takes, rule.formula.spelled, rule.cite)


def _table(item: Mapping[str, Any], words: Words) -> Table:
    try:
        return table_of(DecisionTable.parse(item, words=words))
    except ValidationError:
        return Table(takes=None)


def table_of(rule: DecisionTable) -> Table:
    """The table as expressions call it; conditions on columns that it does not have are left out."""
    places = {column.id: f"#[{i}]" for i, column in enumerate(rule.takes)}
    return Table(
        takes=tuple(column.id for column in rule.takes),
        is_number=tuple(column.type in ("integer", "decimal") for column in rule.takes),
        admitted=_all(_in_column(column, places[column.id]) for column in rule.takes),
        hit=rule.hit,
        rows=tuple(
            TableRow(
                condition=_all(_in_cell(cell, places[name]) for name, cell in row.when.items() if name in places),
                gives=with_values(row.gives.spelled, places),
                cite=row.cite,
            )
            for row in rule.rows
        ),
    )


def _all(conditions: Iterable[str]) -> str:
    return " and ".join(condition for condition in conditions if condition) or "true"


def _in_column(column: TableColumn, place: str) -> str:
    match column.type:
        case "choice":
            return _one_of(column.choices, place)
        case "boolean":
            return f"type({place}) == 'bool'"
        case _:
            least = f"{place} >= {column.min:f}" if column.min is not None else ""
            most = f"{place} <= {column.max:f}" if column.max is not None else ""
            whole = f"{place} == floor({place})" if column.type == "integer" else ""
            return " and ".join(filter(None, (least, most, whole)))


def _in_cell(cell: Cell, place: str) -> str:
    match cell:
        case Band():
            sides = ((">=", cell.from_), (">", cell.above), ("<=", cell.up_to), ("<", cell.below))
            return " and ".join(f"{place} {sign} {end:f}" for sign, end in sides if end is not None)
        case bool():
            return f"{place} == {str(cell).lower()}"
        case str():
            return _one_of((cell,), place)
        case choices:
            return _one_of(choices, place)


def _one_of(choices: Iterable[str], place: str) -> str:
    return f"{place} in [{', '.join(repr(each) for each in choices)}]"
