"""Who is concerned by a case."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party of a case with its addresses. Personal data."""

    party_id: str
    role: str
    name: str
    email: str | None
    phone: str | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """The contact that a case came with, when it is not on record yet."""

    kind: str
    caller: dict[str, Any]
