"""A stored file as it is answered."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.intake.evidence.rules import Evidence


class EvidenceView(BaseModel):
    """A stored file."""

    evidence_id: str
    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None
    added_at: datetime
    added_by: str
    by_customer: bool = Field(description="Whether a customer filed it.")


class FiledView(EvidenceView):
    """A file that was stored; `created` is false when the case had it already."""

    created: bool


def evidence_view(file: Evidence) -> EvidenceView:
    """A stored file."""
    return EvidenceView(**_slots(file))


def filed_view(file: Evidence, created: bool) -> FiledView:  # noqa: FBT001 (what a filing says, in its order)
    """A file that was just sent."""
    return FiledView(**_slots(file), created=created)


def _slots(file: Evidence) -> dict[str, Any]:
    return {name: getattr(file, name) for name in Evidence.__slots__}
