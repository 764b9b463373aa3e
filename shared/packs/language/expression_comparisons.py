"""Which words the variables of an expression are compared with: `("x" in (tags ?? []))` says `tags` and `x`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.packs.language.expression_tokens import FUNCTIONS, Token, Variable

_CLOSING: Final = {"(": ")", "[": "]"}
_OPENING: Final = Token("sign", "(")


def compared(tokens: Sequence[Token]) -> Iterator[tuple[Variable, str]]:
    """Each variable with each literal that it is compared with, or that is looked for in it."""
    yield from _compared(_plain(tokens))


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


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """`tokens` with `(variable ?? default)` as the variable, and without brackets around one variable or text."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        of_call = bool(result) and result[-1].kind == "name" and result[-1].text in FUNCTIONS
        single = None if of_call or token != _OPENING else _single(tokens, position)
        if single is None:
            result.append(token)
            position += 1
        else:
            result.append(single.token)
            position = single.end
    return result


@dataclass(frozen=True, slots=True)
class _Term:
    """A text or variable, and the position behind it."""

    token: Token
    end: int


def _single(tokens: Sequence[Token], position: int) -> _Term | None:
    """What the bracket that opens at `position` holds, when that is one text or variable, or one with defaults."""
    term = _term(tokens, position + 1)
    if term is None:
        return None
    here: int | None = term.end
    while here is not None and tokens[here : here + 1] == [Token("sign", "??")]:
        here = _end_of_default(tokens, here + 1)
    return None if here is None or tokens[here : here + 1] != [Token("sign", ")")] else _Term(term.token, here + 1)


def _term(tokens: Sequence[Token], position: int) -> _Term | None:
    """The text or variable at `position`, through brackets; of `lines[0].name` the variable of the items."""
    if position >= len(tokens):
        return None
    first = tokens[position]
    if first == _OPENING:
        return _single(tokens, position)
    if first.kind not in ("text", "variable"):
        return None
    found = _Term(first, position + 1)
    while tokens[found.end : found.end + 1] == [Token("sign", "[")]:
        end = _end_of_bracket(tokens, found.end)
        if end is None or end >= len(tokens) or tokens[end].kind != "variable":
            return None
        found = _Term(tokens[end], end + 1)
    return found


def _end_of_default(tokens: Sequence[Token], position: int) -> int | None:
    """Behind the text, variable, literal, list or bracket that begins at `position`."""
    if position >= len(tokens):
        return None
    first = tokens[position]
    if first.kind == "sign":
        return _end_of_bracket(tokens, position) if first.text in _CLOSING else None
    return None if first.kind == "name" and first.text in FUNCTIONS else position + 1


def _end_of_bracket(tokens: Sequence[Token], position: int) -> int | None:
    awaited: list[str] = []
    for here in range(position, len(tokens)):
        token = tokens[here]
        if token.kind != "sign":
            continue
        if token.text in _CLOSING:
            awaited.append(_CLOSING[token.text])
        elif awaited and token.text == awaited[-1]:
            awaited.pop()
            if not awaited:
                return here + 1
    return None
