"""A visit as it is answered."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from services.intake.visits.rules import Visit, VisitState
from shared.platform.http.one_of import one_of


class VisitView(BaseModel):
    """A visit to the site."""

    visit_id: str
    state: Annotated[str, one_of(VisitState)]
    fields: dict[str, Any]
    dispatched_at: datetime
    arrived_at: datetime | None
    completed_at: datetime | None


def visit_view(trip: Visit) -> VisitView:
    """A visit."""
    return VisitView(
        visit_id=trip.visit_id,
        state=trip.state,
        fields=dict(trip.fields),
        dispatched_at=trip.dispatched_at,
        arrived_at=trip.arrived_at,
        completed_at=trip.completed_at,
    )
