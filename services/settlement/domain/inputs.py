"""The values a quote starts from: given by the caller or read from the case, typed, bounded, exact."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from services.settlement.domain.errors import InputsInvalid
from services.settlement.domain.figures import plain
from shared.money import exponent
from shared.policy.expressions import Expression, ExpressionFailed
from shared.policy.sections.settlement import Input, Remedy

Raw = str | int | bool | None
Value = Decimal | str | bool | None
Source = Literal["given", "case", "absent"]

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)
_LONGEST_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One input with its evidence: where the value came from."""

    id: str
    value: Value
    source: Source

    def text(self) -> str | bool | None:
        """The value as JSON carries it; decimals as text."""
        return plain(self.value) if isinstance(self.value, Decimal) else self.value


class _Faulty(Exception):
    """One input is wrong; the text says why. Never leaves this module."""


def read_inputs(remedy: Remedy, *, raw: Mapping[str, Raw], context: Mapping[str, object]) -> tuple[Given, ...]:
    """All inputs of `remedy` in their order. Raises InputsInvalid with every fault at once."""
    faults: dict[str, str] = {name: "unknown" for name in raw if all(name != known.id for known in remedy.inputs)}
    found: list[Given] = []
    for declared in remedy.inputs:
        try:
            found.append(_read(declared, raw=raw, context=context, currency=remedy.currency))
        except _Faulty as fault:
            faults[declared.id] = str(fault)
    if faults:
        raise InputsInvalid(detail="; ".join(f"{k}: {v}" for k, v in faults.items()), cite=remedy.cite, fields=faults)
    return tuple(found)


def caller_gave(inputs: tuple[Given, ...]) -> dict[str, Raw]:
    """What the caller had given, to read the same quote again."""
    return {given.id: given.text() for given in inputs if given.source == "given"}


def _read(declared: Input, *, raw: Mapping[str, Raw], context: Mapping[str, object], currency: str) -> Given:
    source: Source = "given"
    value: object = raw.get(declared.id)
    if value is None:
        source, value = "case", _from_case(declared.taken_from, context)
    if value is None:
        if declared.required:
            raise _Faulty("required")
        return Given(id=declared.id, value=None, source="absent")
    typed = _typed(declared, value, currency)
    if isinstance(typed, Decimal):
        _within(declared, typed, context)
    return Given(id=declared.id, value=typed, source=source)


def _from_case(expression: Expression | None, context: Mapping[str, object]) -> object:
    if expression is None:
        return None
    try:
        return expression.value(context)
    except ExpressionFailed:
        return None


def _typed(declared: Input, value: object, currency: str) -> Value:
    match declared.type:
        case "boolean":
            if not isinstance(value, bool):
                raise _Faulty("not_true_or_false")
            return value
        case "text":
            if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
                raise _Faulty("not_text")
            return value
        case "money" | "decimal" | "integer":
            return _number(declared.type, value, currency)


def _number(kind: Literal["money", "decimal", "integer"], value: object, currency: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Faulty("not_a_decimal")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if _DECIMAL.fullmatch(text) is None:
        raise _Faulty("not_a_decimal")
    number = Decimal(text)
    places = {"money": exponent(currency), "decimal": 8, "integer": 0}[kind]
    if number != number.quantize(Decimal(1).scaleb(-places)):
        raise _Faulty("not_a_whole_number" if kind == "integer" else "too_many_decimals")
    return number


def _within(declared: Input, number: Decimal, context: Mapping[str, object]) -> None:
    least, most = _bound(declared.min, context), _bound(declared.max, context)
    if least is not None and number < least:
        raise _Faulty(f"below_minimum {plain(least)}")
    if most is not None and number > most:
        raise _Faulty(f"above_maximum {plain(most)}")


def _bound(expression: Expression | None, context: Mapping[str, object]) -> Decimal | None:
    """The bound, or None where the case does not know it."""
    if expression is None:
        return None
    try:
        return expression.decimal(context)
    except ExpressionFailed:
        return None
