"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by creation and indexes stay dense.

Ids are NewTypes over ``str``: a case id cannot be passed where a message id is wanted.
"""

import re
from datetime import UTC, datetime
from typing import Final, NewType

import uuid_utils

_VERSION_DIGIT: Final = 14
_YEAR_10000: Final = 253_402_300_800_000
"""Milliseconds from 1970 to the end of 9999."""

OrgId = NewType("OrgId", str)
CaseId = NewType("CaseId", str)
EventId = NewType("EventId", str)

_CANONICAL: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """A fresh UUIDv7 in canonical text form."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """True when `text` is the canonical text form of a UUID."""
    return _CANONICAL.fullmatch(text) is not None


def made_at(text: str) -> datetime | None:
    """When the UUIDv7 `text` was made, to the millisecond (RFC 9562 §5.7); None for anything else.

    Its 48 bits reach beyond the years that a datetime has: such an id was not made by us.
    """
    if not is_id(text) or text[_VERSION_DIGIT] != "7":
        return None
    milliseconds = int(text[:8] + text[9:13], 16)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC) if milliseconds < _YEAR_10000 else None
