"""Which unit the value of an expression has, inferred from the units of its variables, and where units do not agree.

Of what is not known nothing is said: a value without a declared unit agrees with every other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.packs.language.expression_dates import quoted
from shared.packs.language.expression_text import DEEPEST, joined_tokens
from shared.packs.language.expression_tokens import CLOSURES, Token, Variable
from shared.packs.language.units import SHARE, Unit, product, shown, unit_from


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with a unit. `bare` for one that is written in the text; of a `named` one a word says the unit."""

    unit: Unit
    bare: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two values that are compared or added and have not one unit."""

    kind: Literal["unit_mismatch", "bare_number"]
    message: str


UnitOf = Callable[[Variable], Unit | None]
"""The declared unit of a variable; None where none is known."""
Known = Measure | None
Verb = Literal["compare", "add", "give"]

_BARE: Final = Measure(SHARE, bare=True)
_COUNTED: Final = {
    **{f"{unit}sBetween": unit for unit in ("day", "month", "year", "hour", "minute")},
    "workingDaysBetween": "working_day",
}
_KEEPING: Final = frozenset({"number", "abs", "floor", "ceil", "round", "trunc", "sum", "avg", "min", "max", "filter"})
_SAYING: Final = frozenset({"quantity", "convert"})
_CLOSING: Final = frozenset(")]")
_COUNTS: Final = frozenset({"len", "count"})
_LOGICAL: Final = frozenset({"and", "or"})
_NOT: Final = frozenset({"not"})
_SIGNS: Final = frozenset("+-")
_VERBS: Final[Mapping[Verb, str]] = {
    "compare": "are compared",
    "add": "are added",
    "give": "come out of one expression",
}
_COMPARING: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


def measured(spelled: str, tables: Iterable[str], unit_of: UnitOf) -> tuple[Known, tuple[Disagreement, ...]]:
    """The unit of an expression that was compiled, its formulas written out, and what does not agree in it."""
    reader = _Reader(joined_tokens(spelled, words=frozenset(tables)), unit_of)
    try:
        return reader.whole(), tuple(dict.fromkeys(reader.found))
    except _Unread:
        return None, ()


def may_disagree(spelled: str) -> bool:
    """Whether an expression has units of its own, without those of its variables."""
    return any(f"{name}(" in spelled for name in (*_COUNTED, *_SAYING))


def agreed(one: Known, other: Known, verb: Verb = "give") -> tuple[Disagreement, ...]:
    """Why two values have no unit in common; nothing when they have one or it is not known."""
    if one is None or other is None or one.unit == other.unit:
        return ()
    if one.bare or other.bare:
        said = other if one.bare else one
        message = f"a number without a unit beside one in {shown(said.unit)}: write quantity(…, '{shown(said.unit)}')"
        return () if said.named else (Disagreement("bare_number", message),)
    message = f"{shown(one.unit)} and {shown(other.unit)} {_VERBS[verb]}; use convert(…) or mend the unit"
    return (Disagreement("unit_mismatch", message),)


class _Unread(Exception):
    """The text has a form that this reader does not know; nothing is said about it."""


@dataclass(slots=True)
class _Reader:
    """Reads tokens by the engine's precedence: `?:`, `and or`, comparisons, `+ -`, `* / %`, `^`, `??`, signs."""

    tokens: Sequence[Token]
    unit_of: UnitOf
    position: int = 0
    found: list[Disagreement] = field(default_factory=list)
    elements: list[Known] = field(default_factory=list)
    depth: int = 0

    def whole(self) -> Known:
        value = self._choice()
        if self.position < len(self.tokens):
            raise _Unread
        return value

    def _choice(self) -> Known:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unread
        value = self._logical()
        if self._took("?"):
            one = self._choice()
            self._expect(":")
            value = self._agreed(one, self._choice(), "give")
        self.depth -= 1
        return value

    def _logical(self) -> Known:
        value = self._compared()
        while self._took_name(_LOGICAL):
            self._compared()
            value = None
        return value

    def _compared(self) -> Known:
        value = self._sum()
        while self._taken(_COMPARING) or self._took_membership():
            self._agreed(value, self._sum(), "compare")
            value = None
        return value

    def _took_membership(self) -> bool:
        """Whether `in` or `not in` stood here."""
        following = [token.text for token in self.tokens[self.position : self.position + 2] if token.kind == "name"]
        words = 1 if following[:1] == ["in"] else 2 if following == ["not", "in"] else 0
        self.position += words
        return words > 0

    def _sum(self) -> Known:
        value = self._term()
        while self._taken(_SIGNS):
            value = self._agreed(value, self._term(), "add")
        return value

    def _term(self) -> Known:
        value = self._power()
        while (sign := self._taken(frozenset("*/%"))) is not None:
            other = self._power()
            if sign == "%":
                continue
            value = _multiplied(value, other, power=1 if sign == "*" else -1)
        return value

    def _power(self) -> Known:
        value = self._default()
        while self._took("^"):
            self._default()
            value = value if value is not None and value.bare else None
        return value

    def _default(self) -> Known:
        value = self._unary()
        while self._took("??"):
            value = self._agreed(value, self._unary(), "give")
        return value

    def _unary(self) -> Known:
        """The signs before an operand are as many as a text has room for, so they are read in a loop."""
        is_truth = False
        while (is_negated := self._took_name(_NOT)) or self._taken(_SIGNS):
            is_truth = is_truth or is_negated
        value = self._behind(self._operand())
        return None if is_truth else value

    def _behind(self, value: Known) -> Known:
        """What an index or a property makes of a value: an item of a list has the list's unit."""
        while True:
            if self._took("["):
                self._choice()
                self._expect("]")
            elif self._is_at(".") and self._is_kind("name", 1):
                self.position += 2
                value = None
            elif self.position and self._is_kind("variable") and self.tokens[self.position - 1].text == "]":
                value = self._variable()
            else:
                return value

    def _operand(self) -> Known:
        token = self._next()
        match token:
            case Token("number"):
                return _BARE if float(token.text.replace("_", "")) else None
            case Token("variable"):
                self.position -= 1
                return self._variable()
            case Token("sign", "(" | "["):
                return self._bracketed()
            case Token("sign", "#"):
                return self.elements[-1] if self.elements else None
            case Token("name") if self._took("("):
                return self._call(token.text)
            case Token("text") | Token("name", "true" | "false" | "null"):
                return None
            case _:
                raise _Unread

    def _variable(self) -> Known:
        unit = self.unit_of(self._next().parts)
        return None if unit is None else Measure(unit)

    def _bracketed(self) -> Known:
        """The value in a bracket, which is open; of a list or a range that of its items, which agree."""
        if self._taken(_CLOSING):
            return None
        value = self._choice()
        while self._took(",") or self._took_range():
            value = self._agreed(value, self._choice(), "give")
        if not self._taken(_CLOSING):  # `[1..3)` is a range
            raise _Unread
        return value

    def _took_range(self) -> bool:
        is_range = self._is_at(".") and self._is_at(".", 1)
        self.position += 2 if is_range else 0
        return is_range

    def _call(self, name: str) -> Known:
        arguments = [] if self._took(")") else list(self._arguments(name))
        if name in _COUNTED:
            return Measure(((_COUNTED[name], 1),), named=True)
        if name in _SAYING:
            return Measure(unit_from(quoted(self.tokens[self.position - 2].text)))
        if name in _COUNTS:
            return Measure(SHARE)
        if name == "map":
            return arguments[-1]
        return arguments[0] if name in _KEEPING and arguments else None

    def _arguments(self, name: str) -> Iterator[Known]:
        value = self._choice()
        yield value
        while self._took(","):
            if name in CLOSURES:
                self.elements.append(value)
            yield self._choice()
            if name in CLOSURES:
                self.elements.pop()
        self._expect(")")

    def _agreed(self, one: Known, other: Known, verb: Verb) -> Known:
        """The unit of both; notes where they have two."""
        self.found += agreed(one, other, verb)
        if one is None or other is None:
            return one or other
        if one.unit == other.unit or other.bare:
            return other if one.bare else one
        return other if one.bare else None

    def _next(self) -> Token:
        if self.position >= len(self.tokens):
            raise _Unread
        self.position += 1
        return self.tokens[self.position - 1]

    def _is_kind(self, kind: str, ahead: int = 0) -> bool:
        following = self.tokens[self.position + ahead : self.position + ahead + 1]
        return any(token.kind == kind for token in following)

    def _is_at(self, sign: str, ahead: int = 0) -> bool:
        return self.tokens[self.position + ahead : self.position + ahead + 1] == [Token("sign", sign)]

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise _Unread

    def _taken(self, signs: frozenset[str]) -> str | None:
        if self._is_kind("sign") and self.tokens[self.position].text in signs:
            return self._next().text
        return None

    def _took(self, sign: str) -> bool:
        return self._taken(frozenset({sign})) is not None

    def _took_name(self, names: frozenset[str]) -> bool:
        if self._is_kind("name") and self.tokens[self.position].text in names:
            self.position += 1
            return True
        return False


def _multiplied(one: Known, other: Known, *, power: int) -> Known:
    if one is None or other is None:
        return None
    if one.bare and other.bare:
        return _BARE
    return Measure(product(one.unit, other.unit, power=power), named=one.named or other.named)
