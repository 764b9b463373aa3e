"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by creation and indexes stay dense.

Ids are NewTypes over ``str``: a case id cannot be passed where a message id is wanted.
"""

import re
from typing import Final, NewType

import uuid_utils

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
