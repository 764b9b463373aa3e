"""A stored file as it is answered."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.intake.entries.views import TextView, text_view
from services.intake.evidence.rules import Erasure, Evidence


class ErasureView(BaseModel):
    """Why a file is no longer there: its term, with the rule and its citation."""

    rule: str = Field(description="The rule of the pack, by its name.")
    label: TextView
    cite: str
    kept_since: datetime = Field(description="Since when the time of keeping ran.")
    until: date = Field(description="The first day on which it might go.")
    erased_at: datetime = Field(description="When it was erased on record.")
    file_erased_at: datetime | None = Field(description="When the store was rid of it; null before that.")


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
    erased: ErasureView | None = Field(description="What stays of a file whose term was over; null while it is kept.")


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
    values = {name: getattr(file, name) for name in Evidence.__slots__ if name != "erasure"}
    return {**values, "erased": None if file.erasure is None else erasure_view(file.erasure)}


def erasure_view(erasure: Erasure) -> ErasureView:
    """Why a file is gone."""
    return ErasureView(
        rule=erasure.rule,
        label=text_view(erasure.label),
        cite=erasure.cite,
        kept_since=erasure.kept_since,
        until=erasure.until,
        erased_at=erasure.erased_at,
        file_erased_at=erasure.file_erased_at,
    )
