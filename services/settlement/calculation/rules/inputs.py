"""The values a quote starts from: given by the caller or read from the case, typed, bounded, exact."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.errors import InputsInvalid
from shared.kernel.money import exponent
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.settlement.model.inputs import MOST_ROWS, Column, Input
from shared.packs.settlement.model.section import Remedy

RawCell = str | int | bool | None
Raw = RawCell | Sequence[Mapping[str, RawCell]]
Cell = Decimal | str | bool | None
Row = Mapping[str, Cell]
Value = Cell | tuple[Row, ...]
CellText = str | bool | None
Source = Literal["given", "case", "absent"]

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)
_LONGEST_TEXT: Final = 1000
_MOST_FAULTS: Final = 50
"""Reported of one table; the rest is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One input with its evidence: where the value came from."""

    id: str
    value: Value
    source: Source

    def text(self) -> CellText | list[dict[str, CellText]]:
        """The value as JSON carries it; decimals as text, a table as its rows."""
        if isinstance(self.value, tuple):
            return self.rows()
        return cell_text(self.value)

    def rows(self) -> list[dict[str, CellText]]:
        """The rows of a table; none of a single value."""
        rows = self.value if isinstance(self.value, tuple) else ()
        return [{name: cell_text(cell) for name, cell in row.items()} for row in rows]


def cell_text(cell: Cell) -> CellText:
    """One value as JSON carries it."""
    return plain(cell) if isinstance(cell, Decimal) else cell


class _Faulty(Exception):
    """One input is wrong; `faults` says where in it and why. Never leaves this module."""

    def __init__(self, why: str, *, faults: Mapping[str, str] | None = None) -> None:
        self.faults = faults or {"": why}
        super().__init__(why)


def read_inputs(remedy: Remedy, *, raw: Mapping[str, Raw], context: Mapping[str, object]) -> tuple[Given, ...]:
    """All inputs of `remedy` in their order. Raises InputsInvalid with every fault at once."""
    faults: dict[str, str] = {name: "unknown" for name in raw if all(name != known.id for known in remedy.inputs)}
    found: list[Given] = []
    for declared in remedy.inputs:
        try:
            found.append(_read(declared, raw=raw, context=context, currency=remedy.currency))
        except _Faulty as fault:
            faults |= {f"{declared.id}{where}": why for where, why in fault.faults.items()}
    if faults:
        raise InputsInvalid(detail="; ".join(f"{k}: {v}" for k, v in faults.items()), cite=remedy.cite, fields=faults)
    return tuple(found)


def caller_gave(inputs: tuple[Given, ...]) -> dict[str, Raw]:
    """What the caller had given, to read the same quote again."""
    return {given.id: given.text() for given in inputs if given.source == "given"}


def _read(declared: Input, *, raw: Mapping[str, Raw], context: Mapping[str, object], currency: str) -> Given:
    source: Source = "given"
    value: object = raw.get(declared.id)
    if value is None:
        source, value = "case", _from_case(declared.taken_from, context)
    if value is None:
        if declared.required:
            raise _Faulty("required")
        return Given(id=declared.id, value=None, source="absent")
    if declared.type == "table":
        return Given(id=declared.id, value=_rows(declared, value, context=context, currency=currency), source=source)
    return Given(id=declared.id, value=_cell(declared, value, context=context, currency=currency), source=source)


def _rows(declared: Input, value: object, *, context: Mapping[str, object], currency: str) -> tuple[Row, ...]:
    """The rows of a table, each with all of its columns. Every fault of every row is reported at once."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _Faulty("not_rows")
    if len(value) > MOST_ROWS:
        raise _Faulty(f"too_many_rows {MOST_ROWS}")
    if not value and declared.required:
        raise _Faulty("required")
    faults: dict[str, str] = {}
    rows: list[Row] = []
    for index, given in enumerate(value):
        row, wrong = _row(declared.columns, given, context=context, currency=currency)
        rows.append(row)
        faults |= {f"[{index}]{where}": why for where, why in wrong.items()}
    if faults:
        raise _Faulty("rows", faults=dict(list(faults.items())[:_MOST_FAULTS]))
    return tuple(rows)


def _row(
    columns: Sequence[Column], given: object, *, context: Mapping[str, object], currency: str
) -> tuple[Row, dict[str, str]]:
    if not isinstance(given, Mapping):
        return {}, {"": "not_a_row"}
    faults = {f".{name}": "unknown" for name in given if all(name != column.id for column in columns)}
    row: dict[str, Cell] = {}
    for column in columns:
        value: object = given.get(column.id)
        if value is None and column.required:
            faults[f".{column.id}"] = "required"
            continue
        try:
            row[column.id] = None if value is None else _cell(column, value, context=context, currency=currency)
        except _Faulty as fault:
            faults[f".{column.id}"] = str(fault)
    return row, faults


def _cell(declared: Column | Input, value: object, *, context: Mapping[str, object], currency: str) -> Cell:
    typed = _typed(declared, value, currency)
    if isinstance(typed, Decimal):
        _within(declared, typed, context)
    return typed


def _from_case(expression: Expression | None, context: Mapping[str, object]) -> object:
    if expression is None:
        return None
    try:
        return expression.value(context)
    except ExpressionFailed:
        return None


def _typed(declared: Column | Input, value: object, currency: str) -> Cell:
    match declared.type:
        case "boolean":
            if not isinstance(value, bool):
                raise _Faulty("not_true_or_false")
            return value
        case "text":
            if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
                raise _Faulty("not_text")
            if declared.choices and all(value != choice.id for choice in declared.choices):
                raise _Faulty("not_a_choice")
            return value
        case "money" | "decimal" | "integer":
            return _number(declared.type, value, currency)
        case "table":
            raise _Faulty("not_rows")


def _number(kind: Literal["money", "decimal", "integer"], value: object, currency: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Faulty("not_a_decimal")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if _DECIMAL.fullmatch(text) is None:
        raise _Faulty("not_a_decimal")
    number = Decimal(text)
    places = {"money": exponent(currency), "decimal": 8, "integer": 0}[kind]
    if number != number.quantize(Decimal(1).scaleb(-places)):
        raise _Faulty("not_a_whole_number" if kind == "integer" else "too_many_decimals")
    return number


def _within(declared: Column | Input, number: Decimal, context: Mapping[str, object]) -> None:
    least, most = _bound(declared.min, context), _bound(declared.max, context)
    if least is not None and number < least:
        raise _Faulty(f"below_minimum {plain(least)}")
    if most is not None and number > most:
        raise _Faulty(f"above_maximum {plain(most)}")


def _bound(expression: Expression | None, context: Mapping[str, object]) -> Decimal | None:
    """The bound, None where there is none. Raises _Faulty where the case does not know it."""
    if expression is None:
        return None
    try:
        return expression.decimal(context)
    except ExpressionFailed:
        raise _Faulty("bound_unknown") from None
