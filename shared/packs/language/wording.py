"""The language of message texts: a small, safe part of Jinja2, checked when a pack is published.

A text may print, filter, compare, choose (`if`) and list (`for`); it can call nothing, compute nothing and
loop over nothing but what it was given, so a pack's author cannot make a service work for ever. Every name
is known at publication. At run time an absent value prints as a dash; a message is never lost over it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import (
    ChainableUndefined,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    pass_context,
)
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from shared.kernel.errors import Invalid
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.language.wording_names import Variable, names_of

ABSENT: Final = "—"
_LONGEST: Final = 8000


class WordingInvalid(Invalid):
    """A text uses something that the language of message texts does not have, or an unknown name."""

    code = "wording_invalid"
    title = Text(en="Invalid message template", zh="文本模板无效")


class _Absent(ChainableUndefined):
    """What a running message meets where a value is missing: false, and printed as a dash."""

    def __str__(self) -> str:
        return ABSENT


class Anything(str):
    """A sample of a value whose type only the pack's author knows; every filter takes it."""

    __slots__ = ()


def _is_absent(value: object) -> bool:
    return value is None or isinstance(value, Undefined)


@pass_context
def _money(context: Context, value: object, currency: str = "CNY") -> str:
    """`21,000.00 元` or `CNY 21,000.00`, from an amount of an event or from integer minor units."""
    if _is_absent(value):
        return ABSENT
    if isinstance(value, Anything):
        return value
    if isinstance(value, Mapping):
        money = Money(minor=int(value["minor"]), currency=str(value["currency"]))
    else:
        money = Money(minor=int(str(value)), currency=currency)
    if money.currency == "CNY" and context["_locale"] == "zh-CN":
        return f"{money.text()} 元"
    return f"{money.currency} {money.text()}"


@pass_context
def _instant(context: Context, value: object) -> str:
    """`2026-03-16 17:00` in the pack's zone."""
    return _local(context, value, "%Y-%m-%d %H:%M")


@pass_context
def _day(context: Context, value: object) -> str:
    """`2026-03-16` in the pack's zone."""
    return _local(context, value, "%Y-%m-%d")


def _local(context: Context, value: object, form: str) -> str:
    if _is_absent(value):
        return ABSENT
    if isinstance(value, Anything):
        return value
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        msg = "an instant without a zone"
        raise ValueError(msg)
    return at.astimezone(context["_zone"]).strftime(form)


@pass_context
def _text(context: Context, value: object) -> object:
    """The half of a `{zh, en}` text that the message's language wants."""
    if not isinstance(value, Mapping):
        return value
    return value["zh" if context["_locale"] == "zh-CN" else "en"]


def _quantity(value: object) -> str:
    """`1,200.5` from decimal text."""
    if _is_absent(value):
        return ABSENT
    if isinstance(value, Anything):
        return value
    try:
        return f"{Decimal(str(value)):,f}"
    except InvalidOperation as error:
        msg = "not a decimal"
        raise ValueError(msg) from error


def _printed(value: object) -> object:
    """Absent as a dash."""
    return ABSENT if _is_absent(value) else value


def _noted(function: Callable[..., object]) -> Callable[..., object]:
    """The filter, or what prints a value, with its fault noted instead of ending the rendering."""

    @wraps(function)
    def noting(*args: object, **kwargs: object) -> object:
        try:
            return function(*args, **kwargs)
        except (TemplateError, Invalid, ValueError, TypeError, KeyError, ArithmeticError) as error:
            _FAULTS.get([]).append(error)
            return Anything(ABSENT)

    return noting


@_noted
def _printed_strictly(value: object) -> object:
    if isinstance(value, bool | Mapping | list | datetime):
        msg = f"a {type(value).__name__} is printed as it is; choose a field, or a filter such as instant or money"
        raise TypeError(msg)
    return str(value) if isinstance(value, Undefined) else _printed(value)


_FAULTS: ContextVar[list[Exception]] = ContextVar("faults")
"""What is wrong in the rendering of a sample so far."""
_FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "money": _money,
    "instant": _instant,
    "day": _day,
    "text": _text,
    "quantity": _quantity,
}
_PLAIN_FILTERS: Final = frozenset({"upper", "lower", "join", "default"})


class _Environment(ImmutableSandboxedEnvironment):
    """What stands after a dot is a member of the mapping, never a method of it: a paper may have a field `items`."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if not isinstance(obj, Mapping):
            return super().getattr(obj, attribute)
        try:
            return obj[attribute]
        except KeyError:
            return self.undefined(obj=obj, name=attribute)


def _environment(*, sample: bool) -> ImmutableSandboxedEnvironment:
    environment = _Environment(
        undefined=StrictUndefined if sample else _Absent,
        finalize=_printed_strictly if sample else _printed,
        autoescape=False,  # mails are plain text; nothing here becomes HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    own = {name: _noted(function) for name, function in _FILTERS.items()} if sample else _FILTERS
    environment.filters = {name: environment.filters[name] for name in _PLAIN_FILTERS} | dict(own)
    environment.globals = {}
    environment.tests = {}
    return environment


_RUNNING: Final = _environment(sample=False)
_SAMPLE: Final = _environment(sample=True)


@lru_cache(maxsize=4096)
def _compiled(source: str, *, sample: bool) -> Template:
    return (_SAMPLE if sample else _RUNNING).from_string(source)


class Wording:
    """One text with its names found; equal when the source is equal. Its text form is the source."""

    __slots__ = ("source", "variables")

    source: str
    variables: tuple[Variable, ...]

    def __init__(self, source: str) -> None:
        """Read `source`. Raises WordingInvalid."""
        if len(source) > _LONGEST:
            raise WordingInvalid(detail=f"longer than {_LONGEST} characters")
        try:
            tree = _RUNNING.parse(source)
        except TemplateSyntaxError as error:
            raise WordingInvalid(detail=f"line {error.lineno}: {error.message}") from None
        read = names_of(tree, filters=frozenset(_RUNNING.filters))
        if read.faults:
            raise WordingInvalid(detail="; ".join(read.faults), fields={"faults": list(read.faults)})
        self.source = source
        self.variables = read.variables

    def __str__(self) -> str:
        return self.source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wording) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def render(self, context: Mapping[str, object], *, locale: str, zone: ZoneInfo) -> str:
        """The text for `context`; absent values print as a dash. Raises WordingInvalid for values of a wrong kind."""
        return self._render(context, locale=locale, zone=zone, sample=False)

    def check(self, sample: Mapping[str, object], *, locale: str, zone: ZoneInfo) -> None:
        """Render `sample`, refusing unknown names and values that need a filter. Raises WordingInvalid."""
        if found := list(self.faults(sample, locale=locale, zone=zone)):
            raise WordingInvalid(detail="; ".join(found))

    def faults(
        self, sample: Mapping[str, object], *, locale: str, zone: ZoneInfo, ignores_undefined: bool = False
    ) -> Iterator[str]:
        """What is wrong when `sample` is rendered: unknown names (or not), values that need a filter."""
        found: list[Exception] = []
        token = _FAULTS.set(found)
        try:
            self._render(sample, locale=locale, zone=zone, sample=True)
        except WordingInvalid as error:
            found.append(error.__cause__ if isinstance(error.__cause__, Exception) else error)
        finally:
            _FAULTS.reset(token)
        told = (each for each in found if not (ignores_undefined and isinstance(each, UndefinedError)))
        yield from dict.fromkeys(map(str, told))

    def _render(self, context: Mapping[str, object], *, locale: str, zone: ZoneInfo, sample: bool) -> str:
        template = _compiled(self.source, sample=sample)
        try:
            return template.render({**context, "_locale": locale, "_zone": zone}).strip()
        except (TemplateError, Invalid, ValueError, TypeError, KeyError, ArithmeticError) as error:
            raise WordingInvalid(detail=str(error)) from error

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _from_document,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "maxLength": _LONGEST, "description": "A message text with {{ … }} and {% if … %}."}


def _from_document(value: object) -> Wording:
    if isinstance(value, Wording):
        return value
    if not isinstance(value, str) or not value.strip():
        msg = "write the text"
        raise ValueError(msg)
    try:
        return Wording(value)
    except WordingInvalid as error:
        said: Any = error.fields.get("faults") or [error.detail]
        faults: list[InitErrorDetails] = [
            {"type": PydanticCustomError("wording", "{message}", {"message": f"bad text: {each}"}), "input": None}
            for each in said
        ]
        raise ValidationError.from_exception_data("Wording", faults) from None
