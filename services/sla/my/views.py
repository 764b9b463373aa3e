"""A promised due instant as the customer reads it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from services.sla.clocks.rules.clock import Clock, Status
from shared.kernel.text import Text
from shared.platform.http.one_of import one_of


class MyPromiseView(BaseModel):
    """By when something was promised. `due_at` is null while the calendar is not confirmed far enough."""

    clock_id: str
    label: Text
    state: Annotated[str, one_of(Status)]
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None


def my_promise(clock: Clock) -> MyPromiseView:
    """A promised due instant."""
    return MyPromiseView(
        clock_id=clock.clock_id,
        label=clock.label,
        state=clock.status.value,
        started_at=clock.started_at,
        due_at=clock.target.due_at if clock.target else None,
        stopped_at=clock.stopped_at,
    )
