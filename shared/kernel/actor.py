"""The author of a change: the subject of a token with its roles at that moment, or the system itself."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The author of a change. `is_system` is never true for a token, whatever its subject is called."""

    subject: str
    roles: frozenset[str] = frozenset()
    is_system: bool = False


SYSTEM: Final = Actor(subject="system", is_system=True)
"""Timers, jobs and reactions to events of other services."""
