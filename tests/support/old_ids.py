"""Ids that were made long ago: what has such an id and is unknown is absent, and not on its way (ADR 0036)."""

from datetime import timedelta
from uuid import UUID

from shared.kernel.ids import made_at, new_id


def old_id() -> str:
    """A fresh UUIDv7 as it would have been made an hour ago."""
    fresh = new_id()
    made = made_at(fresh)
    assert made is not None
    return aged(fresh, milliseconds=int((made - timedelta(hours=1)).timestamp() * 1000))


def aged(thing: str, *, milliseconds: int) -> str:
    """The UUIDv7 with another timestamp."""
    return str(UUID(int=milliseconds << 80 | UUID(thing).int & (1 << 80) - 1))


def of_the_same_age(thing: str) -> str:
    """A fresh UUIDv7 with the timestamp of another."""
    return aged(new_id(), milliseconds=UUID(thing).int >> 80)
