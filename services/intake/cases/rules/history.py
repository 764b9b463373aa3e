"""A line of a case's history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.kernel.actor import Actor

Source = Literal["step", "evidence", "reaction", "sla", "settlement", "notify", "note", "contact", "link", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of a case's history, in both languages."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: Source
    what: str
    label_zh: str
    label_en: str
    actor: Actor
    cite: str | None
    milestone: bool
    details: Mapping[str, Any]
