"""Records of a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.intake.entries.rules.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry of a kind that the pack declares."""

    record_id: str
    kind: str
    fields: Mapping[str, Value]
    at: datetime
    recorded_by: str
