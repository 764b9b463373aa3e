"""Expressions that a pack names (`define:`), written in the place of their calls before anything else is read.

An argument is put where the name of its parameter stands, in brackets unless it is one name or literal, so that a
formula means the same in every place and costs what is written out. A formula uses those above it, never itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.packs.language.expression_calls import Argument, is_called, names_in, rewritten
from shared.packs.language.expression_text import ExpressionInvalid, tokens_of
from shared.packs.language.expression_tokens import CLOSURES, ELEMENT

LONGEST_SPELLED: Final = 20_000
"""Characters of an expression whose formulas are written out."""

_ATOM: Final = re.compile(r"""\s*(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\d[\d_]*(?:\.\d+)?|'[^']*'|"[^"]*")\s*""", re.ASCII)


@dataclass(frozen=True, slots=True)
class Formula:
    """A named expression: its parameters, its text with the formulas above it written out, the rule that says so.

    `takes` is None for one that is malformed, which takes anything and is null: its fault is told where it stands.
    """

    takes: tuple[str, ...] | None
    text: str
    cite: str = ""


def spelled(source: str, formulas: Mapping[str, Formula]) -> str:
    """`source` with its formulas written out. Raises ExpressionInvalid for a wrong call or what grows too long."""
    if not formulas:
        return source

    def write(name: str, given: Sequence[Argument]) -> str:
        return applied(name, formulas[name], [spelled(argument, formulas) for argument in given])

    whole = rewritten(source, formulas, write)
    if len(whole) > LONGEST_SPELLED:
        raise ExpressionInvalid(detail=f"longer than {LONGEST_SPELLED} characters when its formulas are written out")
    return whole


def applied(name: str, formula: Formula, given: Sequence[Argument]) -> str:
    """The formula `name` with its arguments in place. Raises ExpressionInvalid when they do not fit."""
    if formula.takes is None:
        return "null"
    if len(given) != len(formula.takes):
        raise ExpressionInvalid(detail=f"write {name}({', '.join(formula.takes)})")
    if walks(formula.text) and any(ELEMENT in _signs(argument) for argument in given):
        raise ExpressionInvalid(detail=f"`#` may not be given to {name}, which walks through a list itself")
    values = dict(zip(formula.takes, map(_in_place, given), strict=True))
    return f"({with_values(formula.text, values)})"


def with_values(source: str, values: Mapping[str, str]) -> str:
    """`source` with texts in the place of the variables of these names."""
    parts: list[str] = []
    position = 0
    for found in names_in(source):
        if found["name"] in values and not is_called(source, found):
            parts += [source[position : found.start("name")], values[found["name"]]]
            position = found.end("name")
    return "".join([*parts, source[position:]])


def walks(source: str) -> bool:
    """Whether an expression has a function over the items of a list."""
    return any(token.kind == "name" and token.text in CLOSURES for token in tokens_of(source))


def _in_place(argument: str) -> str:
    return argument.strip() if _ATOM.fullmatch(argument) else f"({argument.strip()})"


def _signs(source: str) -> set[str]:
    return {token.text for token in tokens_of(source) if token.kind == "sign"}
