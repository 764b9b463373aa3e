"""Metrics of clocks and their alarms."""

from typing import Final

from services.sla.clocks.rules.clock import Severity, Status
from shared.platform.observability.declaring import KNOWN_LATER, SLOW, Catalogue, Sampled, counter, gauge, histogram

OPEN: Final = (Status.UNDATED, Status.RUNNING, Status.PAUSED)

TIMER_FIRE_LAG: Final = histogram(
    "redress_sla_timer_fire_lag_seconds", "How late a due timer fires, of organisations on real time.", buckets=SLOW
)
BREACHES: Final = counter(
    "redress_sla_breaches",
    "Due instants that passed while the clock ran; `warning` of clocks whose passing is no breach.",
    severity=tuple(Severity),
)
WARNINGS_OVERTAKEN: Final = counter(
    "redress_sla_warnings_overtaken",
    "Warnings that were due and not told when their clock ended or got another goal.",
)

TIMERS_OPEN: Final = gauge("redress_sla_timers_open", "Timers armed and not fired, met or cancelled.")
TIMER_OVERDUE: Final = gauge(
    "redress_sla_timer_overdue_seconds", "How long the timer that is due longest has not fired, on real time."
)
CLOCKS: Final = gauge("redress_sla_clocks", "Clocks that have not ended, by status.", status=OPEN)
CLOCKS_DUE: Final = gauge(
    "redress_sla_clocks_due",
    "Clocks that have not ended, by case type and by when they are due on their organisation's clock: overdue, within "
    "an hour, within a day (and not an hour), later, or undated.",
    case_type=KNOWN_LATER,
    due=KNOWN_LATER,
)

TIMERS: Final = Sampled("timers", TIMERS_OPEN, TIMER_OVERDUE)
DUE: Final = Sampled("clocks", CLOCKS, CLOCKS_DUE)
METRICS: Final = Catalogue(worker=(TIMER_FIRE_LAG, BREACHES, WARNINGS_OVERTAKEN), samples=(TIMERS, DUE))
