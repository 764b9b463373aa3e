"""What is said of a part of a pack that is malformed, for its author."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic_core import ErrorDetails

from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.hours import TIME
from shared.packs.language.types import EVENT, ID, Path
from shared.packs.publishing.mended import MISSING, UNKNOWN_KEY, Fault

MISSING_KEY: Final = "missing"
"""What is said of a key that must be there."""
_WRONG_KIND: Final = frozenset({"model_type", "dataclass_type", "tuple_type", "dict_type", "literal_error"})
"""What each choice of a union says that is not meant at all."""
_WRITTEN: Final[Mapping[str, str]] = {
    ID: "an id is lower case, with _ or - between words: `refund_slip`",
    EVENT: "an event is called `thing.happened`, lower case: `case.accepted`",
    TIME: 'a time of day has four digits: "08:00"',
}
"""What is said of text that does not fit a pattern."""


_WRITTEN_AT: Final[Mapping[str, str]] = {
    "number": "a number counts once, with dates where wanted: `QO-{yyyy}{mm}-{seq:5}`",
    "code": "a code is lower case, with _ between words: `not_accepted`",
    "media_types": "a media type is two words: `image/png`",
    "email": "a mail address is `name@host.domain`",
    **dict.fromkeys(("phone", "fax"), "a number has digits, spaces, +, -, / and brackets"),
    "ref": "a gap is called `A5` or `LG-5`",
    "rules": "a rule is called `LG-35a`",
    "country": "a country is two capitals: `CN`",
    "currency": "a currency is three capitals: `CNY`",
    "zone": "a time zone is an IANA name: `Asia/Shanghai`",
}
"""The same by attribute, where patterns have no name."""
_PLAINLY: Final[Mapping[str, str]] = {
    "bool_type": "write true or false, without quotes",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "string_type": "write text",
    "tuple_type": "write a list: [a, b]",
    "dict_type": "write a map: {key: value}",
    "model_type": "write a map: {key: value}",
    "model_attributes_type": "write a map: {key: value}",
    "date_type": "write a day: 2026-03-05",
    "date_parsing": "write a day: 2026-03-05",
    "date_from_datetime_parsing": "write a day: 2026-03-05",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
"""What is said in place of pydantic's sentences."""


def diagnostics(section: str, faults: Sequence[Fault]) -> Iterator[Diagnostic]:
    """The faults of a section; of a union, those of the choice that was meant."""
    meant = [fault.path for fault in faults if fault.details["type"] not in _WRONG_KIND]
    closer = {path[:length] for path in meant for length in range(len(path) + 1)}
    words = _words(faults)
    for fault in faults:
        if fault.details["type"] in _WRONG_KIND and fault.path in closer:
            continue
        message = words[fault.path] if fault.details["type"] == "literal_error" else said(fault)
        yield Diagnostic(severity="error", code="schema", section=section, path=fault.path, message=message)


def _words(faults: Sequence[Fault]) -> Mapping[Path, str]:
    """What one of a few words is said to be, by path; the words of all choices of a union together."""
    expected: dict[Path, list[str]] = {}
    for fault in faults:
        if fault.details["type"] == "literal_error":
            expected.setdefault(fault.path, []).append(str(fault.details.get("ctx", {}).get("expected")))
    return {path: f"write {' or '.join(each)}" for path, each in expected.items()}


def said(fault: Fault) -> str:
    """One fault in words."""
    details = fault.details
    match details["type"]:
        case kind if kind in MISSING:
            return MISSING_KEY
        case kind if kind in UNKNOWN_KEY:
            return "unknown key"
        case "dataclass_type":
            return "write both languages: {zh: …, en: …}"
        case kind if kind in _PLAINLY:
            return _PLAINLY[kind]
        case "string_pattern_mismatch":
            pattern = str(details.get("ctx", {}).get("pattern"))
            name = next((part for part in reversed(fault.path) if isinstance(part, str)), "")
            return _WRITTEN.get(pattern) or _WRITTEN_AT.get(name) or _plain(details)
        case _:
            return _plain(details)


def _plain(details: ErrorDetails) -> str:
    message = details["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
