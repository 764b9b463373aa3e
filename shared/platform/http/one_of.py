"""The values that a text of an answer may have, for the document."""

from collections.abc import Iterable
from typing import Any, get_args

from pydantic.json_schema import WithJsonSchema


def one_of(values: Any) -> WithJsonSchema:
    """The values of an enumeration or a Literal, to be listed for a text of an answer.

    Answers are made by the code that owns the values; the document lists them, nothing is checked again.
    """
    listed: Iterable[Any] = get_args(values) or values
    return WithJsonSchema({"type": "string", "enum": [str(value) for value in listed]})
