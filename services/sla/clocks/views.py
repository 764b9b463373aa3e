"""A line of the list of clocks."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.sla.clocks.rules.clock import Status
from services.sla.clocks.store.listing import DueClock
from shared.kernel.text import Text


class DueClockView(BaseModel):
    """A clock in the list of those of a state."""

    clock_id: str
    case_id: str
    number: str
    clock: str
    label: Text
    state: Status
    owner: str = Field(description="The role that owns the case.")
    due_at: datetime | None
    breached: bool
    cite: str
    waiting: list[str]


def due_clock_view(due: DueClock) -> DueClockView:
    """A line of the list of what is due next."""
    return DueClockView(
        clock_id=due.clock_id,
        case_id=due.case_id,
        number=due.number,
        clock=due.clock,
        label=due.label,
        state=Status(due.state),
        owner=due.owner,
        due_at=due.due_at,
        breached=due.breached,
        cite=due.cite,
        waiting=list(due.waiting),
    )
