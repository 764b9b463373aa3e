"""Types of the values in a pack: ids, event names, citations, currencies, decimals, and where a value stands."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from shared.kernel.money import is_currency
from shared.packs.language.expression import Expression
from shared.packs.language.units import LONGEST

Expr = Expression
"""A condition or formula: text in the pack, a compiled `Expression` in the section."""

Unit = Annotated[str, Field(min_length=1, max_length=LONGEST)]
"""A unit as people read it: `t`, `CNY/t`."""

Path = tuple[str | int, ...]
"""Where a value stands in a section: `("steps", 3, "gates", 0, "require")`."""

Placed = tuple[Path, str]
"""A name or a message with the path that it belongs to."""

ID: Final = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
EVENT: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"

Ident = Annotated[str, Field(pattern=ID, max_length=64)]
"""An id in a pack: lower case, snake or kebab."""

EventName = Annotated[str, Field(pattern=EVENT, max_length=64)]
"""A canonical event name: `case.accepted`, `clock.breached`."""


def _decimal_from_text(value: object) -> object:
    if not isinstance(value, str):
        msg = 'write a decimal as quoted text: "0.13"'
        raise ValueError(msg)  # noqa: TRY004 (pydantic turns ValueError into a fault with its place)
    try:
        number = Decimal(value)
    except InvalidOperation:
        msg = 'not a decimal; write "0.13"'
        raise ValueError(msg) from None
    if not number.is_finite() or len(number.as_tuple().digits) > 28 or abs(number.adjusted()) > 27:  # noqa: PLR2004 (ZEN's decimals)
        msg = "a decimal has at most 28 digits"
        raise ValueError(msg)
    return number


DecimalText = Annotated[
    Decimal,
    BeforeValidator(_decimal_from_text),
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A decimal, quoted in YAML, `Decimal` in the section."""


def is_zone(name: str) -> bool:
    """Whether there is an IANA time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _known_zone(name: str) -> str:
    if not is_zone(name):
        msg = f"no such time zone: {name}; write an IANA name such as Asia/Shanghai"
        raise ValueError(msg)
    return name


Zone = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$", max_length=64), AfterValidator(_known_zone)]
"""An IANA time zone."""


def _known_currency(code: str) -> str:
    if not is_currency(code):
        msg = f"no currency {code} in ISO 4217"
        raise ValueError(msg)
    return code


Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_known_currency)]
"""A currency of ISO 4217 that has a minor unit."""
