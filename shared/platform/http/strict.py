"""Strict JSON (RFC 8259, I-JSON RFC 7493) and the base of all request models.

One pass refuses what lenient parsers let through: duplicate keys, NUL, lone surrogates, NaN,
numbers beyond 64 bits, deep nesting, other encodings. A second one, in Rust, makes the model.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Generic, NoReturn, TypeVar

from fastapi import Depends
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from starlette.requests import Request

from shared.kernel.errors import Invalid
from shared.kernel.foreign_text import UNSEEN
from shared.kernel.instants import InstantOutOfRange, usual_day, usual_instant
from shared.kernel.text import Text
from shared.platform.http.problems import InputInvalid, MediaTypeUnsupported

DEEPEST: Final = 64
MOST_PARTS: Final = 40_000
"""Commas and opening brackets of a body. Reading takes time by their number rather than by length: 1 MiB of empty lists
took 0.3 s of the loop, so many parts take a tenth of it."""
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_JSON: Final = "application/json"
PARSED: Final = "redress.json"
_INT64: Final = range(-(2**63), 2**63)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LONGEST_NUMBER: Final = 40
_MOST_PLACES: Final = 20

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,8})?$", max_length=26)]
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_WRITTEN_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Visible:
    """Checks a text, and describes what it checks as a pattern."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_visible, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"pattern": f"^[^{UNSEEN}]*$"}


def _visible(text: str) -> str:
    if _UNSEEN.search(text):
        raise PydanticCustomError("control_character", "controls and marks of direction may not be used")
    return text


Visible: Final = _Visible()
"""On one line, every character seen, in the order in which it reads: no control character (Unicode Cc), no line or
paragraph separator, nothing invisible (U+00AD, U+200B, U+2060 to U+2064, U+206A to U+206F, U+FEFF), no mark that
changes the direction of what follows (UAX #9: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). What joins
letters (U+200C, U+200D) stays."""
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), Visible]
LongText = Annotated[str, StringConstraints(max_length=10_000)]


D = TypeVar("D", bound=date)


def _usual(check: Callable[[D], D]) -> AfterValidator:
    def checked(value: D) -> D:
        try:
            return check(value)
        except InstantOutOfRange:
            raise PydanticCustomError("date_out_of_range", "beyond the years 1900 to 2199") from None

    return AfterValidator(checked)


def _written(value: object) -> object:
    """A text that begins with a day: pydantic takes a number, also as text, for seconds since 1970."""
    if isinstance(value, str) and not _WRITTEN_DAY.match(value):
        raise PydanticCustomError("date_malformed", "begins with year, month and day (RFC 3339)")
    if not isinstance(value, str | date):
        raise PydanticCustomError("date_type", "is a text (RFC 3339)")
    return value


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written), _usual(usual_instant)]
Day = Annotated[date, Field(strict=False), BeforeValidator(_written), _usual(usual_day)]


class StrictModel(BaseModel):
    """Base of request models: no coercion, no unknown keys, bounded text, finite numbers."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_max_length=10_000, hide_input_in_errors=True
    )


M = TypeVar("M", bound=BaseModel)
JsonValue = dict[str, Any] | list[Any] | str | int | float | bool | None


class JsonRefused(Invalid):
    """The body is not JSON that is accepted; `code` says why. 400."""

    titles = {
        "json_malformed": Text(en="Body is not valid JSON", zh="请求体不是有效的 JSON"),
        "json_empty": Text(en="JSON body required", zh="缺少 JSON 请求体"),
        "json_not_utf8": Text(en="JSON is not UTF-8 without byte order mark", zh="JSON 必须为不带 BOM 的 UTF-8 编码"),
        "json_duplicate_key": Text(en="Duplicate key in a JSON object", zh="JSON 对象中存在重复的键"),
        "json_nul_character": Text(en="NUL character in JSON", zh="JSON 中存在 NUL 字符"),
        "json_lone_surrogate": Text(en="Lone surrogate in JSON", zh="JSON 中存在不成对的代理字符"),
        "json_number_out_of_range": Text(en="JSON number out of range", zh="数值超出范围"),
        "json_too_many_parts": Text(en="JSON has too many values", zh="JSON 中的值过多"),
        "json_too_deep": Text(en="JSON nested too deep", zh="JSON 嵌套层级过深"),
    }


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonRefused(code="json_duplicate_key")
    return found


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or (number := int(text)) not in _INT64:
        raise JsonRefused(code="json_number_out_of_range")
    return number


def _fraction(text: str) -> float:
    if math.isinf(number := float(text)):
        raise JsonRefused(code="json_number_out_of_range")
    return number


def _constant(_text: str) -> NoReturn:
    raise JsonRefused(code="json_malformed")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def parse(body: bytes) -> JsonValue:
    """The value of `body`, or JsonRefused."""
    if not body:
        raise JsonRefused(code="json_empty")
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):
            raise JsonRefused(code="json_not_utf8")
        brackets = text.count("[") + text.count("{")
        if brackets + text.count(",") > MOST_PARTS:
            raise JsonRefused(code="json_too_many_parts")
        if brackets > DEEPEST and _depth(text) > DEEPEST:
            raise JsonRefused(code="json_too_deep")
        value: JsonValue = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise JsonRefused(code="json_not_utf8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise JsonRefused(code="json_malformed") from error
    if "\\u" in text:
        _refuse_characters(value)
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_QUOTED.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse_characters(value: JsonValue) -> None:
    match value:
        case str():
            if "\x00" in value:
                raise JsonRefused(code="json_nul_character")
            if _SURROGATE.search(value):
                raise JsonRefused(code="json_lone_surrogate")
        case dict():
            for key, item in value.items():
                _refuse_characters(key)
                _refuse_characters(item)
        case list():
            for item in value:
                _refuse_characters(item)


def require_media_type(request: Request, accepted: str) -> None:
    """Raise MediaTypeUnsupported unless the body is declared to be of the `accepted` media type."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != accepted:
        raise MediaTypeUnsupported(fields={"accept": accepted})


async def read_json(request: Request, model: type[M]) -> M:
    """The body as `model`; the edge bounds its length.

    Raises JsonRefused (400), BodyTooLarge (413), MediaTypeUnsupported (415) or InputInvalid (422).
    """
    require_media_type(request, _JSON)
    body = await request.body()
    request.scope[PARSED] = parse(body)
    return validated(body, model)


def validated(body: bytes, model: type[M]) -> M:
    """`body` (already parsed strictly) as `model`, or InputInvalid with the places that are wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise InputInvalid(places(error)) from None


def places(error: ValidationError) -> list[dict[str, str]]:
    """Where a payload is invalid and why, without its values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"path": pointer(item["loc"]), "code": item["type"]} for item in found[:_MOST_PLACES]]


def pointer(location: Sequence[int | str]) -> str:
    """`location` as a JSON pointer (RFC 6901); long keys of the client's making are cut."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1")[:100] for part in location)


class StrictBody(Generic[M]):
    """The dependency behind `strict_body`; OpenAPI finds the model here."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> M:
        return await read_json(request, self.model)


def strict_body(model: type[M]) -> Any:
    """A body that is read strictly and documented in OpenAPI.

    Use: `body: Annotated[RegisterCase, strict_body(RegisterCase)]`.
    """
    return Depends(StrictBody(model), use_cache=False)
