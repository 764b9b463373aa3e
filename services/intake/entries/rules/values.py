"""What may be entered: one grammar for facts of a case, inputs of a step and fields of a record.

Decimals, dates and instants are text all the way (never a float); instants are normalised to UTC.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from services.intake.entries.rules.errors import FactInvalid, InputRefused
from shared.kernel.instants import instant_text, parse_instant, usual_day
from shared.kernel.text import Text
from shared.packs.intake.model.fields import EntryField, FactField, FieldType
from shared.packs.language.conditions import holds_or_is_true
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.words import Words

Value = str | int | bool | list[str] | None
Values = Mapping[str, Value]
Context = Mapping[str, object]
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_LARGEST: Final = 10**15
_LONGEST_LIST: Final = 100
_LONGEST_ITEM: Final = 200


class _Wrong(Exception):
    """Why one value cannot be taken; the caller adds which."""


def entered(
    fields: Sequence[EntryField],
    raw: Mapping[str, object],
    *,
    context: Context,
    cite: str | None,
    known_before: Mapping[str, Value] | None = None,
) -> dict[str, Value]:
    """The values of `raw`, every declared field present (None when left out). Raises InputRefused with all faults.

    Expressions see them as `input`; facts, which are entered beside those `known_before`, as `facts`.
    """
    faults: dict[str, str] = {
        (key if _NAME.fullmatch(key) else "other"): "unknown" for key in set(raw) - {f.id for f in fields}
    }
    values: dict[str, Value] = {}
    for field in fields:
        try:
            values[field.id] = parsed(field, raw.get(field.id))
        except _Wrong as wrong:
            values[field.id] = None
            faults[field.id] = str(wrong)
    given = {name: value for name, value in values.items() if value is not None}
    known = {**context, **({"input": values} if known_before is None else {"facts": {**known_before, **given}})}
    for field in fields:
        needed = field.required or (not faults and _needed_here(field, known))
        if needed and values[field.id] in (None, []) and field.id not in faults:
            faults[field.id] = "missing"
        if field.id not in faults and (why := _out_of_time(field, values[field.id], known)):
            faults[field.id] = why
    if faults:
        raise refusal(fields, faults, cite)
    return values


def _needed_here(field: EntryField, known: Context) -> bool:
    """Whether `required_when` asks for it; one that cannot be computed does."""
    return field.required_when is not None and holds_or_is_true(field.required_when, known)


def _out_of_time(field: EntryField, value: Value, known: Context) -> str | None:
    """Why a date or instant is not between its bounds."""
    bounds = (("isOnOrAfter", field.not_before, "too_early"), ("isOnOrBefore", field.not_after, "too_late"))
    for word, bound, why in bounds:
        if value is None or bound is None:
            continue
        try:
            if not _in_order(word, bound.words.zone).holds({"value": value, "bound": bound.value(known)}):
                return why
        except ExpressionFailed:
            return "bound_unknown"
    return None


@cache
def _in_order(word: str, zone: str) -> Expression:
    return Expression(f"{word}(value, bound)", words=Words(zone=zone))


def refusal(fields: Sequence[EntryField], faults: Mapping[str, str], cite: str | None) -> InputRefused:
    """Why these fields are not taken, in the words of the first of them that has a code of its own."""
    coded = next((field for field in fields if field.id in faults and field.code), None)
    code = "input_missing" if set(faults.values()) == {"missing"} else "input_invalid"
    return InputRefused(
        code=coded.code if coded else code,
        cite=(coded.cite if coded else None) or cite,
        detail="; ".join(f"{name}: {why}" for name, why in sorted(faults.items())),
        fields=dict(sorted(faults.items())),
        title=Text(en=f"Needed: {coded.label.en}", zh=f"须填写：{coded.label.zh}") if coded else None,
    )


def parsed(field: EntryField, value: object) -> Value:
    """One value as its field wants it; blank text is None."""
    if value is None:
        return None
    result = _typed(field, value)
    if field.equals is not None and result is not field.equals:
        raise _Wrong("must_be_true" if field.equals else "must_be_false")
    if field.type in {"integer", "decimal"} and result is not None:
        _bounded(field, Decimal(str(result)))
    return result


def taken(field: EntryField, value: object) -> Value:
    """The same for a value that is not judged yet: None for one that cannot be taken."""
    try:
        return parsed(field, value)
    except _Wrong:
        return None


def unfit(field: EntryField, value: object) -> str | None:
    """Why a value is none of the field; None when it is one. Blank text and null are none."""
    try:
        return None if parsed(field, value) is not None else "missing"
    except _Wrong as wrong:
        return str(wrong)


def _typed(field: EntryField, value: object) -> Value:
    return _TYPES[field.type](field, value)


def _text(field: EntryField, value: object) -> str | None:
    if not isinstance(value, str):
        raise _Wrong("not_text")
    if len(value) > field.max_length:
        raise _Wrong("too_long")
    return value.strip() or None


def _choice(field: EntryField, value: object) -> str:
    if not isinstance(value, str) or value not in field.allowed():
        raise _Wrong("not_a_choice")
    return value


def _boolean(_field: EntryField, value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("not_boolean")
    return value


def _integer(_field: EntryField, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise _Wrong("not_integer")
    return value


def _decimal(_field: EntryField, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return str(value)
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise _Wrong("not_decimal")
    return value


def _date(_field: EntryField, value: object) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _Wrong("not_a_date")
    try:
        return usual_day(date.fromisoformat(value)).isoformat()
    except ValueError:
        raise _Wrong("not_a_date") from None


def _instant(_field: EntryField, value: object) -> str:
    try:
        return instant_text(parse_instant(value if isinstance(value, str) else ""))
    except ValueError:
        raise _Wrong("not_an_instant") from None


def _list(field: EntryField, value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > _LONGEST_LIST:
        raise _Wrong("not_a_list")
    allowed = field.allowed()
    for item in value:
        if not isinstance(item, str) or not item.strip() or len(item) > _LONGEST_ITEM:
            raise _Wrong("not_a_list")
        if allowed and item not in allowed:
            raise _Wrong("not_a_choice")
    return list(dict.fromkeys(value))


_TYPES: Final[Mapping[FieldType, Callable[[EntryField, object], Value]]] = {
    "text": _text,
    "choice": _choice,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "instant": _instant,
    "list": _list,
}


def _bounded(field: EntryField, number: Decimal) -> None:
    if field.min is not None and number < field.min:
        raise _Wrong("below_min")
    if field.max is not None and number > field.max:
        raise _Wrong("above_max")


def computed(field: FactField, result: object) -> Value:
    """What an expression of the pack gave, as the fact wants it. Raises FactInvalid."""
    plain: object = result
    if isinstance(result, Decimal):
        plain = int(result) if field.type == "integer" and result == result.to_integral_value() else format(result, "f")
    try:
        return parsed(field, plain)
    except _Wrong as wrong:
        raise FactInvalid(fields={"fact": field.id, "reason": str(wrong)}) from None


def shared_values(fields: Sequence[EntryField], values: Values) -> dict[str, Value]:
    """Those that may leave the service in events: marked as shared, and given."""
    return {field.id: values[field.id] for field in fields if field.shared and values.get(field.id) is not None}
