"""Clocks of a pack: what starts and stops them, their goals, warnings and extensions."""

from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.durations import Duration, LeadDuration
from shared.packs.language.expression import Expression
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident

_ALWAYS: Final = Expression("true")


class Goal(Section):
    """Until when the clock may run while `when` holds: so long from its start, or until what the case states."""

    id: Ident
    """Its name in explanations and scenarios."""
    when: Expr = _ALWAYS
    """When this goal is the one."""
    duration: Duration | None = None
    """`working_hour` and `working_day` count on `calendar`; the others are clock time and calendar days in its zone."""
    at: Expr | None = None
    """In place of `duration`: an instant (due then) or a date (due when `calendar` closes on that day, at 24:00 when it
    is closed all day), usually a fact: `facts.promised_on`. Absent, or before the start, the next goal is tried; when
    none is left, the clock waits for the fact. Another instant re-targets the clock; a pause does not move it."""
    calendar: Ident
    """The calendar that it counts on."""
    counts_first_day: bool = False
    """Whether the day of the start is day one (usually it is not counted); for days, weeks and working days."""
    roll_to: Ident | None = None
    """A calendar: a due day on which it is closed moves to its next open day."""
    snap_to: Ident | None = None
    """A calendar: a due instant at which it is closed moves to its next opening. A closing time counts as closed, a
    stated date is not moved."""
    cite: Cite

    @property
    def always(self) -> bool:
        """Whether nothing after this goal is ever tried."""
        return self.at is None and self.when.source.strip() == "true"


class Warn(Section):
    """When to warn: after a share of the time allowed, or so long before the due instant."""

    percent: Annotated[int, Field(ge=1, le=99)] | None = None
    """Share of the allowed time, in percent."""
    before: LeadDuration | None = None
    """So long before the due instant; `working_…` counts on the goal's calendar."""


class Extension(Section):
    """How the due instant may be moved: who asks with what, and who else decides."""

    requires_opinion: bool = True
    """The request must say what has been found and is proposed."""
    approver_role: Ident
    """Who decides; never who asked."""
    max_count: Annotated[int, Field(ge=1, le=100)] = 1
    """How many may be granted."""
    max_requests: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many may be asked for, granted or not."""
    max_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Days of the clock's calendar from the present due day to the latest new one."""
    after_breach: Literal["allow", "forbid"] = "allow"
    """Whether it may still be asked for after the due instant."""
    cite: Cite


class Clock(Section):
    """One rule about time."""

    id: Ident
    """`clocks.<id>` in expressions of intake."""
    label: Text
    """What people read."""
    cite: Cite
    case_types: tuple[Ident, ...] = ()
    """Only for these; for all when left out."""
    start: EventName
    """The event that starts it."""
    starts_at: Literal["event", "opening"] = "event"
    """`opening`: an event outside hours starts the clock at the calendar's next opening."""
    when: Expr = _ALWAYS
    """Only while this holds: it may start late, and is cancelled when the facts change so that it no longer does."""
    stop: Annotated[tuple[EventName, ...], Field(min_length=1)]
    """Events that end it: in time, or late."""
    cancel_on: tuple[EventName, ...] = ()
    """Events after which the clock is not needed. Closing the case counts only when its milestone is named here."""
    pause_on: tuple[EventName, ...] = ()
    """Events that pause the clock: hours and minutes in a pause do not count, nor does a day that it covers whole."""
    resume_on: tuple[EventName, ...] = ()
    """Events from which on it counts again."""
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    """How long it may run: the first goal that holds."""
    warn: tuple[Warn, ...] = ()
    """When to warn before the due instant."""
    severity: Literal["breach", "warning"] = "breach"
    """`warning`: a reminder; passing the due instant publishes `clock.warned` once more and is no breach."""
    excusable: bool = False
    """Whether a stated reason can excuse a breach (a limit that holds in principle)."""
    keep_breach: bool = True
    """Whether a breach of an earlier goal stays in the history when the clock is re-targeted."""
    extension: Extension | None = None
    """How its due instant may be moved; not at all when left out."""

    @cached_property
    def events(self) -> frozenset[str]:
        """Every event that moves this clock."""
        return frozenset((self.start, *self.stop, *self.cancel_on, *self.pause_on, *self.resume_on))

    def goal(self, goal_id: str) -> Goal | None:
        """The goal of that id, or None."""
        return next((goal for goal in self.goals if goal.id == goal_id), None)
