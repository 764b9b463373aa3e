"""The docstring below each field of a class, for documents that are generated.

pydantic reads them itself (`use_attribute_docstrings`), but when a class is made: for settings and the models of packs
that is a fifth of the processor time that a service needs to start, and it uses none of them.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

_OURS: Final = ("shared", "services")


def field_docs(model: type) -> Mapping[str, str]:
    """The docstrings by field, those of the class before those of its bases. Needs the source."""
    docs: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if cls.__module__.partition(".")[0] in _OURS:
            docs |= _own(cls)
    return docs


def _own(cls: type) -> dict[str, str]:
    [parsed] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    body = parsed.body if isinstance(parsed, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text)
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(text := below.value.value, str)
    }
