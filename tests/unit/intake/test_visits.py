"""A visit: every state × every action."""

from datetime import UTC, datetime

import pytest

from services.intake.visits.rules import VisitAction, VisitForbids, VisitState, visit_after
from tests.unit.intake.builders import RECEIVED, a_visit

AT = datetime(2026, 3, 9, 2, tzinfo=UTC)
NEXT = {
    (None, "dispatch"): "dispatched",
    ("completed", "dispatch"): "dispatched",
    ("dispatched", "arrive"): "arrived",
    ("arrived", "complete"): "completed",
}


@pytest.mark.parametrize("state", [None, "dispatched", "arrived", "completed"])
@pytest.mark.parametrize("action", ["dispatch", "arrive", "complete"])
def test_every_state_and_action(state: VisitState | None, action: VisitAction) -> None:
    latest = a_visit(state) if state else None
    if (state, action) not in NEXT:
        with pytest.raises(VisitForbids) as refusal:
            visit_after(latest, action=action, visit_id="v-2", entered={}, at=AT)
        assert refusal.value.fields == {"state": state or "absent", "action": action}
        return
    moved = visit_after(latest, action=action, visit_id="v-2", entered={"note": "到", "empty": None}, at=AT)
    assert moved.state == NEXT[state, action]
    assert moved.visit_id == ("v-2" if action == "dispatch" else "v-1")
    assert moved.fields == {"note": "到"}
    at = {"dispatched": moved.dispatched_at, "arrived": moved.arrived_at, "completed": moved.completed_at}
    assert at[moved.state] == AT


def test_each_step_keeps_the_instants_before_it() -> None:
    done = visit_after(a_visit("arrived"), action="complete", visit_id="v-2", entered={}, at=AT)
    assert done.dispatched_at == RECEIVED
    assert done.arrived_at is not None
