"""Inputs of a remedy: tables and values with keys that the other does not take."""

from collections.abc import Iterator

from shared.packs.language.types import Placed
from shared.packs.settlement.model.inputs import Column, Input


def input_errors(declared: Input) -> Iterator[Placed]:
    """A table without columns, a value with columns, a table read from the case."""
    yield from value_errors(declared)
    is_table = declared.type == "table"
    if is_table and not declared.columns:
        yield (), "a table needs `columns`"
    if declared.columns and not is_table:
        yield ("columns",), "only a table has `columns`"
    for key in ("taken_from", "unit"):
        if is_table and getattr(declared, key) is not None:
            yield (key,), "is of a table: its rows are given, and units stand on its columns"


def value_errors(value: Input | Column) -> Iterator[Placed]:
    """Choices and bounds of a type that has none."""
    if value.choices and value.type != "text":
        yield ("choices",), "only text has choices"
    for key in ("min", "max"):
        if getattr(value, key) is not None and value.type in ("table", "text", "boolean"):
            yield (key,), "only numbers have bounds"
