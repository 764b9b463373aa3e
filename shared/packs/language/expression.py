"""Conditions and formulas of policy packs: ZEN expressions, compiled once, evaluated exactly.

What a pack author must know (each line has a test):

- Numbers are decimals of up to 28 digits; results leave as `Decimal`, never as float.
- A decimal fact or input is text, so write `number(facts.quantity_t) > 3`. `number(…)` of a number is the number.
  Comparing text with a number is not an error but false: `"60" == 60`; ordering them (`>`) fails.
- What is absent is `null`. `null > 3`, `not null` and `null and x` fail, so write `(facts.x ?? false) and …`.
- A condition must come out true or false; anything else fails.
- Two absent things are equal: `documents.a.id == documents.b.id` holds when neither exists.
- Lists are never equal, not even `[1] == [1]`; ask with `in`, `contains`, `len`, `some`, `all`.
- `contains` of two texts looks for a part of a text; `'x' in list` for a member.
- A division by zero is null. More than 28 digits are rounded half-even by the engine, `round` is half-up.
- What may cost too much is refused when it is read, and when lists or texts are too long for it (expression_cost.py).
- Only the functions in `FUNCTIONS`, the words for dates (expression_dates.py) and what the pack defines exist: nothing
  random, nothing that reads a clock. What is no date is null.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, Protocol

import orjson
import zen
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from shared.kernel.errors import ServiceError
from shared.kernel.text import Text
from shared.packs.language.expression_cost import cost_of, extent
from shared.packs.language.expression_text import LONGEST, ExpressionInvalid, mentions
from shared.packs.language.expression_tokens import Variable
from shared.packs.language.words import PLAIN, Words

_DIGITS: Final = 28

_BROKEN_OFF: Final = "; a bracket stays open: ` #` begins a comment in YAML, so put such an expression in quotes"


class ExpressionFailed(ServiceError):
    """An expression that was accepted cannot be evaluated in this context (a null compared, say)."""

    code = "expression_failed"
    title = Text(en="Expression evaluation failed", zh="表达式计算失败")


class ExpressionTooCostly(ExpressionFailed):
    """The lists and texts of this context are so long that the expression is not run at all."""

    code = "expression_too_costly"
    title = Text(en="Expression too costly for this input", zh="输入内容过多，表达式无法计算")


class _Program(Protocol):
    def evaluate(self, ctx: dict[str, object] | str | None = None, /) -> object: ...


class Expression:
    """One compiled expression. Equal when source and meaning are; its text form is the source."""

    __slots__ = ("_cost", "_program", "_written", "compared", "elements", "source", "variables", "words")

    source: str
    words: Words
    variables: tuple[Variable, ...]
    elements: tuple[Variable, ...]
    compared: tuple[tuple[Variable, str], ...]

    def __init__(self, source: str, *, words: Words = PLAIN) -> None:
        """Compile `source` with the words of a pack. Raises ExpressionInvalid."""
        if len(source) > LONGEST:
            raise ExpressionInvalid(detail=f"longer than {LONGEST} characters")
        spelled = words.spelled(source)
        found = mentions(spelled, words=words.tables.keys())
        self.source = source
        self.words = words
        self.variables = found.variables
        self.elements = found.elements
        self.compared = found.compared
        self._cost = cost_of(spelled, tables=words.units)
        self._written = words.written(spelled)
        self._program = _compiled(self._written)

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and (other.source, other._written) == (self.source, self._written)

    def __hash__(self) -> int:
        return hash((self.source, self._written))

    @property
    def spelled(self) -> str:
        """Its text with the formulas of the pack written out."""
        return self.words.spelled(self.source)

    @property
    def work(self) -> int:
        """Units of work in the worst case that publication assumes (expression_cost.py)."""
        return self._cost.assumed

    def holds(self, context: Mapping[str, object]) -> bool:
        """The condition's answer. Raises ExpressionFailed when it is neither true nor false."""
        result = self._run(self._program, context)
        if not isinstance(result, bool):
            raise self._failed(f"is neither true nor false but {type(result).__name__}")
        return result

    def decimal(self, context: Mapping[str, object]) -> Decimal:
        """The formula's exact number. Raises ExpressionFailed when it has none (a division by zero, say)."""
        text = self._run(_compiled(f"string({self._written})"), context)
        try:
            number = Decimal(str(text))
        except InvalidOperation:
            raise self._failed(f"is no number but {text}") from None
        if not number.is_finite():
            raise self._failed("is no finite number")
        return number

    def integer(self, context: Mapping[str, object]) -> int:
        """The formula's whole number (minor units, counts). Raises ExpressionFailed when it has a fraction."""
        number = self.decimal(context)
        if number != number.to_integral_value():
            raise self._failed(f"is no whole number but {number}")
        return int(number)

    def value(self, context: Mapping[str, object]) -> object:
        """Whatever it yields: text, bool, None, `Decimal`, or a list or map of text, bools and None."""
        result = self._run(self._program, context)
        if isinstance(result, float):
            return self.decimal(context)
        if _has_float(result):
            raise self._failed("holds numbers inside a list or map; use string(…) there")
        return result

    def _run(self, program: _Program, context: Mapping[str, object]) -> object:
        read = self._read_from(context)
        if self._cost.depends:
            self._refuse_costly(read)
        try:
            return program.evaluate(_passed(read))
        except ServiceError as error:
            raise self._failed(error.detail) from None
        except Exception as error:  # noqa: BLE001 (the binding raises RuntimeError, Exception and TypeError)
            raise self._failed(_reason(error)) from None

    def _read_from(self, context: Mapping[str, object]) -> dict[str, object]:
        """Just what the expression reads: converting the context on every evaluation costs more than running it."""
        whole: dict[str, object] = {}
        parts: dict[str, dict[str, object]] = {}
        for root, *names in self.variables:
            thing = context.get(root)
            if names and isinstance(thing, Mapping):
                parts.setdefault(root, {})[names[0]] = thing.get(names[0])
            else:
                whole[root] = thing
        return {**parts, **whole}

    def _refuse_costly(self, context: Mapping[str, object]) -> None:
        items, text = extent(context)
        if self._cost.work(items=items, text=text) > self._cost.admitted:
            raise ExpressionTooCostly(
                detail=f"{self.source!r} with lists of {items} items and texts of {text} characters",
                fields={"expression": self.source, "items": items, "characters": text},
            )

    def _failed(self, reason: str) -> ExpressionFailed:
        return ExpressionFailed(detail=f"{self.source!r} {reason}", fields={"expression": self.source})

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            _validated,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": ["string", "boolean"], "maxLength": LONGEST, "description": "A ZEN expression."}


def words_of_pack(info: ValidationInfo) -> Words:
    """The words of the pack whose document is read."""
    context: Mapping[str, Words] = info.context or {}
    return context.get("words", PLAIN)


def _validated(value: object, info: ValidationInfo) -> Expression:
    return from_document(value, words=words_of_pack(info))


def from_document(value: object, *, words: Words) -> Expression:
    """The expression of a value in a document. Raises ValueError with what is wrong."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool):
        return Expression("true" if value else "false")
    if not isinstance(value, str):
        msg = "write an expression as text"
        raise ValueError(msg)  # noqa: TRY004 (pydantic turns ValueError into a fault with its place)
    try:
        return Expression(value, words=words)
    except ExpressionInvalid as error:
        msg = f"bad expression: {error.detail.removesuffix('.')}{_BROKEN_OFF if _opens(value) else ''}"
        raise ValueError(msg) from None


def _opens(source: str) -> bool:
    """Whether a bracket stays open, as when YAML took the rest of the line for a comment."""
    return any(source.count(opening) > source.count(closing) for opening, closing in ("()", "[]"))


@lru_cache(maxsize=16_384)
def _compiled(source: str) -> _Program:
    try:
        program: _Program = zen.compile_expression(source)
    except Exception as error:  # noqa: BLE001 (the binding raises RuntimeError and Exception)
        raise ExpressionInvalid(detail=_reason(error)) from None
    return program


def _reason(error: Exception) -> str:
    """The engine's sentence; its messages are a JSON object followed by a native stack trace."""
    first = str(error).partition("\n")[0]
    try:
        return str(orjson.loads(first)["source"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return first[:200]


def _passed(context: Mapping[str, object]) -> dict[str, object] | str:
    """What the engine gets: a plain dict, or JSON text when decimals are inside (its only exact way in)."""
    exact: list[Decimal] = []
    plain = _plain(context, exact.append)
    if not isinstance(plain, dict):
        raise ExpressionFailed(detail="was given no map")
    if not exact:
        return plain
    return _json(plain)


def _plain(value: object, saw_decimal: Callable[[Decimal], None]) -> object:
    match value:
        case None | bool() | str() | int():
            return value
        case Decimal():
            if not value.is_finite() or len(value.as_tuple().digits) > _DIGITS or abs(value.adjusted()) >= _DIGITS:
                raise ExpressionFailed(detail=f"was given {value}, which has more than {_DIGITS} digits")
            saw_decimal(value)
            return value
        case Mapping():
            return {str(key): _plain(item, saw_decimal) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item, saw_decimal) for item in value]
        case _:
            raise ExpressionFailed(detail=f"was given a {type(value).__name__}; pass decimals, text, bools and ints")


def _json(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{orjson.dumps(key).decode()}:{_json(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(_json, value)) + "]"
        case _:
            return orjson.dumps(value).decode()


def _has_float(value: object) -> bool:
    match value:
        case float():
            return True
        case dict():
            return any(map(_has_float, value.values()))
        case list():
            return any(map(_has_float, value))
        case _:
            return False
