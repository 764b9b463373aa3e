"""Requests and answers about notes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.intake.cases.rules.history import TimelineEntry
from shared.platform.http.edge import StrictModel


class NoteBody(StrictModel):
    """What is noted; the customer never sees it."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class NoteView(BaseModel):
    """A note as it stands in the case's history."""

    entry_id: str
    at: datetime
    actor: str


def note_view(entry: TimelineEntry) -> NoteView:
    """A note that was added."""
    return NoteView(entry_id=entry.entry_id, at=entry.at, actor=entry.actor.subject)
