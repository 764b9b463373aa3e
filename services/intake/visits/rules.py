"""A visit to the customer's site: dispatched, arrived, completed with findings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.intake.entries.rules.values import Value
from shared.kernel.errors import Conflict
from shared.kernel.text import Text


class VisitForbids(Conflict):
    """No visit is in the state that this needs: arriving needs a departed one, completing an arrived one. 409."""

    code = "visit_state_forbids"
    title = Text(en="Visit state does not allow this", zh="走访状态不允许此操作")


VisitAction = Literal["dispatch", "arrive", "complete"]
VisitState = Literal["dispatched", "arrived", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit; `fields` holds what was entered at each of its steps."""

    visit_id: str
    state: VisitState
    fields: Mapping[str, Value]
    dispatched_at: datetime
    arrived_at: datetime | None = None
    completed_at: datetime | None = None


def admit_visit(latest: Visit | None, *, action: VisitAction) -> None:
    """Raise what `action` would be refused with, given the latest visit."""
    state = latest.state if latest else None
    match action, state:
        case ("dispatch", None | "completed") | ("arrive", "dispatched") | ("complete", "arrived"):
            return
        case _:
            raise VisitForbids(fields={"state": state or "absent", "action": action})


def visit_after(
    latest: Visit | None, *, action: VisitAction, visit_id: str, entered: Mapping[str, Value], at: datetime
) -> Visit:
    """The visit after `action`: a new one for a departure, else the latest one further on."""
    admit_visit(latest, action=action)
    given = {key: value for key, value in entered.items() if value is not None}
    if latest is None or action == "dispatch":
        return Visit(visit_id=visit_id, state="dispatched", fields=given, dispatched_at=at)
    fields = {**latest.fields, **given}
    if action == "arrive":
        return replace(latest, state="arrived", fields=fields, arrived_at=at)
    return replace(latest, state="completed", fields=fields, completed_at=at)
