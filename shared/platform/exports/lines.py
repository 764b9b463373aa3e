"""Rows of an export as lines: NDJSON, or CSV (RFC 4180) that a spreadsheet does not take for formulas."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Final

import orjson

from shared.kernel.instants import instant_text

Value = str | int | bool | datetime | None
Row = Mapping[str, Value]
BOM: Final = b"\xef\xbb\xbf"
"""In front of a CSV, so that spreadsheets read it as UTF-8."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def ndjson(rows: Iterable[Row]) -> bytes:
    """One JSON object a line."""
    return b"".join(
        orjson.dumps({name: _plain(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE)
        for row in rows
    )


def csv_lines(rows: Iterable[Row], *, columns: Sequence[str], head: bool) -> bytes:
    """Lines of these columns, with the line of their names in front where `head` is set.

    What a spreadsheet would run as a formula is preceded by `'` (OWASP, CSV Injection).
    """
    text = StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def _plain(value: Value) -> str | int | bool | None:
    return instant_text(value) if isinstance(value, datetime) else value


def _cell(value: Value) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, str):
        return f"'{plain}" if plain.startswith(_FORMULA) else plain
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
