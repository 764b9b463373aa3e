"""The text of an expression, read only as far as publication needs: which variables, compared with which words.

Not a second parser: ZEN decides what an expression means. This one names the variables, refuses what packs
must not use, and finds the literals that a variable is compared with, so that a misspelt status is found.

The `#.name` of a closure is followed to its list, through `filter`, brackets, `??` and indexes: `map(inputs.lines,
#.tonnes)` reads `inputs.lines.#.tonnes`. Of any other list, such as what a `map` makes, nothing is known.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from shared.kernel.errors import Invalid
from shared.kernel.text import Text
from shared.packs.language.expression_comparisons import compared
from shared.packs.language.expression_tokens import CLOSURES, ELEMENT, FUNCTIONS, WORDS, Token, Variable

LONGEST: Final = 2000
DEEPEST: Final = 50
"""Brackets within brackets."""

_NEVER: Final[frozenset[str]] = frozenset()
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>\d[\d_]*(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|>=|<=|\?\?|.))""",
    re.DOTALL | re.ASCII,
)
_POINT: Final = Token("sign", ".")
_REFUSED: Final = {"`": "a text template", "{": "an object", "}": "an object", "$": "the whole context"}


class ExpressionInvalid(Invalid):
    """The text is no expression; found when a pack is read, before anything runs."""

    code = "expression_invalid"
    title = Text(en="Invalid expression", zh="表达式无效")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What an expression speaks of: its variables, what it reads of lists' elements, and the words compared with.

    An element reads `("inputs", "lines", "#", "tonnes")`, or `("#", "tonnes")` where the list is not known.
    """

    variables: tuple[Variable, ...]
    elements: tuple[Variable, ...]
    compared: tuple[tuple[Variable, str], ...]


def mentions(source: str, *, words: AbstractSet[str] = _NEVER) -> Mentions:
    """What `source` speaks of; `words` may be called besides those of the language.

    Raises ExpressionInvalid for what packs may not use.
    """
    tokens = joined_tokens(source, words=words)
    read = dict.fromkeys(token.parts for token in tokens if token.kind == "variable")
    return Mentions(
        variables=tuple(parts for parts in read if ELEMENT not in parts),
        elements=tuple(parts for parts in read if ELEMENT in parts and parts[-1] != ELEMENT),
        compared=tuple(dict.fromkeys(compared(tokens))),
    )


def joined_tokens(source: str, *, words: AbstractSet[str] = _NEVER) -> list[Token]:
    """The pieces of an expression with each variable as one, what is read of lists' elements included.

    Raises ExpressionInvalid for what packs may not use.
    """
    return _Elements(_joined(tokens_of(source), FUNCTIONS | WORDS | words)).joined


def tokens_of(source: str) -> list[Token]:
    """The pieces of an expression; names are not joined to variables yet."""
    found = (match for match in _TOKEN.finditer(source.rstrip()))
    return [Token(str(match.lastgroup), match[str(match.lastgroup)]) for match in found]


def _joined(tokens: list[Token], functions: AbstractSet[str]) -> list[Token]:
    """`tokens` with each variable as one; refuses unknown functions, methods and signs."""
    joined: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.kind == "sign" and token.text in _REFUSED:
            raise ExpressionInvalid(detail=f"{_REFUSED[token.text]} may not be used")
        if token.kind == "sign" and token.text == "=":
            raise ExpressionInvalid(detail="write `==` to compare")
        if token.kind != "name" or token.text in _KEYWORDS:
            joined.append(token)
        elif position < len(tokens) and tokens[position].text == "(":
            if token.text not in functions:
                raise ExpressionInvalid(detail=f"no function `{token.text}`")
            joined.append(token)
        elif joined[-1:] == [_POINT] and joined[-2:-1] != [_POINT]:
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


class _Elements:
    """Copies tokens, bracket by bracket, with what is read of lists' elements joined into variables."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self.joined: list[Token] = []
        self._read(_NEVER, element=())

    def _read(self, until: AbstractSet[str], *, element: Variable) -> Variable:
        """Copy up to a sign in `until` or the end; the list that this text is, empty when it is none."""
        found = () if self._is_over(until) else self._operand(element)
        while not self._is_over(until):
            is_default = self._is_at({"??"})
            self._operand(element)
            if not is_default:
                found = ()
            elif not self._is_over(until):
                self._operand(element)
        return found

    def _operand(self, element: Variable) -> Variable:
        """Copy a variable, a call, a bracket or a sign, with the indexes after it; the list that it is."""
        token = self._copied()
        found: Variable = ()
        if token.kind == "variable":
            found = token.parts
        elif token.kind == "name" and self._is_at({"("}):
            found = self._call(token.text, element)
        elif token.kind == "sign" and token.text in "([":
            inner = self._bracket(")" if token.text == "(" else "]", element)
            found = inner if token.text == "(" else ()
        elif token.kind == "sign" and token.text == ELEMENT:
            found = self._join(element, of=self.joined.pop())
        while found and self._is_at({"["}):
            self._copied()
            self._bracket("]", element)
            found = self._join(found, of=None)
        return found

    def _call(self, function: str, element: Variable) -> Variable:
        self._copied()
        self._depth += 1
        found = self._read({",", ")"}, element=element)
        while self._is_at({","}):
            self._copied()
            self._read({",", ")"}, element=found if function in CLOSURES else element)
        self._close(")")
        return found if function == "filter" else ()

    def _bracket(self, closing: str, element: Variable) -> Variable:
        self._depth += 1
        found = self._read({closing}, element=element)
        self._close(closing)
        return found

    def _close(self, closing: str) -> None:
        self._depth -= 1
        if self._is_at({closing}):
            self._copied()

    def _join(self, source: Variable, *, of: Token | None) -> Variable:
        """What is read of an element, as one variable, which is returned; `of` is the `#` that stood for it."""
        names: list[str] = []
        while (name := self._property()) is not None:
            names.append(name)
        if not names and not source:
            self.joined += [of] if of is not None else []
            return ()
        found = (*source, ELEMENT, *names)
        self.joined.append(Token("variable", found[-1], found))
        return found

    def _property(self) -> str | None:
        """The name of the property that follows, which is passed over."""
        match self._tokens[self._position : self._position + 3]:
            case [Token("sign", "."), Token("name", name), *_]:
                self._position += 2
                return name
            case [Token("sign", "["), Token("text", quoted), Token("sign", "]")]:
                self._position += 3
                return quoted[1:-1]
            case _:
                return None

    def _copied(self) -> Token:
        token = self._tokens[self._position]
        self._position += 1
        self.joined.append(token)
        if self._depth > DEEPEST:
            raise ExpressionInvalid(detail=f"brackets more than {DEEPEST} deep")
        return token

    def _is_over(self, until: AbstractSet[str]) -> bool:
        return self._position >= len(self._tokens) or self._is_at(until)

    def _is_at(self, signs: AbstractSet[str]) -> bool:
        following = self._tokens[self._position : self._position + 1]
        return any(token.kind == "sign" and token.text in signs for token in following)
