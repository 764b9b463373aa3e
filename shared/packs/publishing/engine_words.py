"""What the engine says of an expression that fails, for authors."""

from collections.abc import Mapping
from typing import Final

from shared.packs.language.expression import Expression

_ARE_TEXT: Final = frozenset({"decimal", "text", "date", "instant", "choice"})


def in_words(expression: Expression, detail: str, types: Mapping[str, str]) -> str:
    """The failure in the words of packs; `types` are those of the variables that the expression reads."""
    if "Opcode" not in detail:
        return detail
    whole = f"{expression.source!r}"
    if expression.spelled != expression.source:
        whole += f", written out {expression.spelled!r},"
    return f"{whole} compares or computes values of two types; {_advice(types)}"


def _advice(types: Mapping[str, str]) -> str:
    lists = [name for name, of in types.items() if of == "list"]
    if lists:
        are = "is a list" if len(lists) == 1 else "are lists"
        return f"{', '.join(lists)} {are}: ask with `in`, some(…), all(…) or len(…)"
    if not types or any(of in _ARE_TEXT for of in types.values()):
        return "a decimal is text: write number(…)"
    return "; ".join(f"{name} is of type {of}" for name, of in types.items())
