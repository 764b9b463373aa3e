"""Due alarms go off: they are marked, move their clocks and are announced in one transaction, so exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.sla.clocks.announce import announced
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.clock import Change, Clock
from services.sla.clocks.rules.events import Breached
from services.sla.clocks.store import alarms, clocks
from services.sla.clocks.store.alarms import DueAlarm
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context, from_stored
from shared.platform.outbox.append import Outgoing
from shared.platform.outbox.of_cases import append_of_cases

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredAlarm:
    """An alarm, its case, and the context in which it went off."""

    alarm: DueAlarm
    case_id: str
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What a round did, for metrics and spans: how late alarms on real time were, and the severity of each breach."""

    went_off: Sequence[FiredAlarm]
    late_by: Sequence[float]
    breached: Sequence[str]

    @property
    def alarms(self) -> int:
        """How many went off."""
        return len(self.went_off)


async def fire_alarms(tx: Transaction, *, simulated: bool, limit: int = BATCH) -> Fired:
    """Fire up to `limit` alarms in due order.

    A simulated organisation's events happen at the alarm's own instant, a real one's when it fires.
    """
    due = await alarms.claim(tx, simulated=simulated, limit=limit)
    keys = list({(alarm.org, alarm.clock_id): None for alarm in due})
    before = await clocks.many(tx, keys) if keys else {}
    present = dict(before)
    outgoing: list[Outgoing] = []
    breached: list[str] = []
    fired: list[FiredAlarm] = []
    for alarm in due:
        change = _fired(present[alarm.org, alarm.clock_id], alarm)
        present[alarm.org, alarm.clock_id] = change.clock
        context = from_stored(alarm.traceparent)
        fired.append(FiredAlarm(alarm=alarm, case_id=change.clock.case_id, context=context))
        outgoing += [replace(event, cause=context) for event in announced(change, occurred_at=alarm.happened_at)]
        breached += [change.clock.severity for event in change.events if isinstance(event, Breached)]
    causes = {(each.alarm.org, each.alarm.clock_id): each.context for each in fired}
    await clocks.save(tx, [(before[key], present[key]) for key in keys], causes)
    await append_of_cases(tx, outgoing)
    late_by = [] if simulated else [alarm.late_by for alarm in due]
    return Fired(went_off=fired, late_by=late_by, breached=breached)


def _fired(clock: Clock, alarm: DueAlarm) -> Change:
    match alarm.kind:
        case "warning":
            return transitions.warn(clock, generation=alarm.generation, at=alarm.happened_at)
        case "breach":
            return transitions.pass_due(clock, generation=alarm.generation)
