"""The text of an expression, read only as far as publication needs: which variables, compared with which words.

Not a second parser: ZEN decides what an expression means. This one names the variables, refuses what packs
must not use, and finds the literals that a variable is compared with, so that a misspelt status is found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.errors import Invalid

Variable = tuple[str, ...]

LONGEST: Final = 2000
FUNCTIONS: Final = frozenset(
    {
        *("string", "number", "bool", "type", "isNumeric"),
        *("len", "contains", "startsWith", "endsWith", "matches", "upper", "lower", "trim", "split"),
        *("abs", "min", "max", "sum", "avg", "floor", "ceil", "round", "trunc"),
        *("some", "all", "none", "one", "count", "filter", "map", "flatMap", "keys", "values"),
    }
)
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>\d[\d_]*(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|\?\?|.))""",
    re.DOTALL | re.ASCII,
)
_REFUSED: Final = {"`": "a text template", "{": "an object", "}": "an object", "$": "the whole context"}


class ExpressionInvalid(Invalid):
    """The text is no expression; found when a pack is read, before anything runs."""

    code = "expression_invalid"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; a `variable` is already joined from its dotted parts."""

    kind: str
    text: str
    parts: Variable = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What an expression speaks of: its variables, and the words that each variable is compared with."""

    variables: tuple[Variable, ...]
    compared: tuple[tuple[Variable, str], ...]


def mentions(source: str) -> Mentions:
    """What `source` speaks of. Raises ExpressionInvalid for what packs may not use."""
    if len(source) > LONGEST:
        raise ExpressionInvalid(detail=f"longer than {LONGEST} characters")
    tokens = _joined(_tokens(source))
    variables = dict.fromkeys(token.parts for token in tokens if token.kind == "variable")
    return Mentions(variables=tuple(variables), compared=tuple(dict.fromkeys(_compared(_without_defaults(tokens)))))


def _tokens(source: str) -> list[Token]:
    found = (match for match in _TOKEN.finditer(source.rstrip()))
    return [Token(str(match.lastgroup), match[str(match.lastgroup)]) for match in found]


def _joined(tokens: list[Token]) -> list[Token]:
    """`tokens` with each variable as one; refuses unknown functions, methods and signs."""
    joined: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.kind == "sign" and token.text in _REFUSED:
            raise ExpressionInvalid(detail=f"{_REFUSED[token.text]} may not be used")
        if token.kind != "name" or token.text in _KEYWORDS:
            joined.append(token)
        elif position < len(tokens) and tokens[position].text == "(":
            if token.text not in FUNCTIONS:
                raise ExpressionInvalid(detail=f"no function `{token.text}`")
            joined.append(token)
        elif joined and joined[-1].text == "." and joined[-1].kind == "sign":
            joined.append(token)  # a property of an element: `#.amount`, `lines[0].amount`
        else:
            parts, position = _parts(tokens, position)
            joined.append(Token("variable", token.text, (token.text, *parts)))
    return joined


def _parts(tokens: list[Token], position: int) -> tuple[list[str], int]:
    parts: list[str] = []
    while True:
        match tokens[position : position + 3]:
            case [Token("sign", "."), Token("name", name), *rest]:
                if rest and rest[0].text == "(":
                    raise ExpressionInvalid(detail=f"no method `{name}`")
                parts.append(name)
                position += 2
            case [Token("sign", "["), Token("text", key), Token("sign", "]")]:
                parts.append(key[1:-1])
                position += 3
            case _:
                return parts, position


def _without_defaults(tokens: list[Token]) -> list[Token]:
    """`tokens` with every `(variable ?? default)` as the bare variable."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        match tokens[position : position + 5]:
            case [Token("sign", "("), Token("variable") as variable, Token("sign", "??"), _, Token("sign", ")")]:
                result.append(variable)
                position += 5
            case _:
                result.append(tokens[position])
                position += 1
    return result


def _compared(tokens: list[Token]) -> Iterator[tuple[Variable, str]]:
    for position in range(len(tokens)):
        match tokens[position : position + 4]:
            case [Token("variable", _, parts), Token("sign", "==" | "!="), Token("text", word), *_]:
                yield parts, word[1:-1]
            case [Token("text", word), Token("sign", "==" | "!="), Token("variable", _, parts), *_]:
                yield parts, word[1:-1]
            case [Token("text", word), Token("name", "in"), Token("variable", _, parts), *_]:
                yield parts, word[1:-1]
            case [Token("text", word), Token("name", "not"), Token("name", "in"), Token("variable", _, parts)]:
                yield parts, word[1:-1]
            case [Token("variable", _, parts), Token("sign", ","), Token("text", word), Token("sign", ")")]:
                if position > 1 and tokens[position - 2].text == "contains":
                    yield parts, word[1:-1]
            case [Token("variable", _, parts), Token("name", "in"), Token("sign", "["), *_]:
                yield from ((parts, word) for word in _listed(tokens[position + 3 :]))
            case [Token("variable", _, parts), Token("name", "not"), Token("name", "in"), Token("sign", "[")]:
                yield from ((parts, word) for word in _listed(tokens[position + 4 :]))
            case _:
                pass


def _listed(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.text == "]":
            return
        if token.kind == "text":
            yield token.text[1:-1]
