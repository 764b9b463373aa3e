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


def diagnostics(section: str, faults: Sequence[Fault]) -> Iterator[Diagnostic]:
    """The faults of a section; of a union, those of the choice that was meant."""
    meant = [fault.path for fault in faults if fault.details["type"] not in _WRONG_KIND]
    closer = {path[:length] for path in meant for length in range(len(path) + 1)}
    words = _words(faults)
    for fault in faults:
        if fault.details["type"] in _WRONG_KIND and fault.path in closer:
            continue
        message = words[fault.path] if fault.details["type"] == "literal_error" else said(fault.details)
        yield Diagnostic(severity="error", code="schema", section=section, path=fault.path, message=message)


def _words(faults: Sequence[Fault]) -> Mapping[Path, str]:
    """What one of a few words is said to be, by path; the words of all choices of a union together."""
    expected: dict[Path, list[str]] = {}
    for fault in faults:
        if fault.details["type"] == "literal_error":
            expected.setdefault(fault.path, []).append(str(fault.details.get("ctx", {}).get("expected")))
    return {path: f"input should be {' or '.join(each)}" for path, each in expected.items()}


def said(fault: ErrorDetails) -> str:
    """One fault in words."""
    match fault["type"]:
        case kind if kind in MISSING:
            return MISSING_KEY
        case kind if kind in UNKNOWN_KEY:
            return "unknown key"
        case "dataclass_type":
            return "write both languages: {zh: …, en: …}"
        case "string_pattern_mismatch" if (pattern := str(fault.get("ctx", {}).get("pattern"))) in _WRITTEN:
            return _WRITTEN[pattern]
        case _:
            message = fault["msg"].removeprefix("Value error, ")
            return message[:1].lower() + message[1:]
