"""A line of the list of running clocks."""

from datetime import datetime

from pydantic import BaseModel

from services.sla.clocks.store.listing import DueClock
from shared.kernel.text import Text


class DueClockView(BaseModel):
    """A running clock in the list of what is due next."""

    clock_id: str
    case_id: str
    number: str
    clock: str
    label: Text
    due_at: datetime
    breached: bool
    cite: str


def due_clock_view(due: DueClock) -> DueClockView:
    """A line of the list of what is due next."""
    return DueClockView(
        clock_id=due.clock_id,
        case_id=due.case_id,
        number=due.number,
        clock=due.clock,
        label=due.label,
        due_at=due.due_at,
        breached=due.breached,
        cite=due.cite,
    )
