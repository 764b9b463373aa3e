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
_MOST_WAITS: Final = 20


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
    """Share of the time between start and due instant, in percent. Waits that moved the due instant are part of it."""
    before: LeadDuration | None = None
    """So long before the due instant; `working_…` counts on the goal's calendar."""


class Wait(Section):
    """One reason for which the clock stands still: from an event of `on` to the next one of `until`, whatever else is
    waited for. An event stands in `on` of one reason only.
    """

    on: Annotated[tuple[EventName, ...], Field(min_length=1)]
    """Events that open the reason; another one while it is open changes nothing."""
    until: Annotated[tuple[EventName, ...], Field(min_length=1)]
    """Events that close this reason, and no other."""
    label: Text | None = None
    """What people read as the reason: what is waited for."""
    cite: Cite | None = None
    """The rule that lets the clock stand still for it; the clock's own when left out."""


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
    after_type_change: Literal["change", "start"] = "change"
    """Where a case became one of `case_types` after `start`: the clock starts at the change, or at `start` even so."""
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
    pause: Annotated[tuple[Wait, ...], Field(max_length=_MOST_WAITS)] = ()
    """In place of `pause_on` and `resume_on`: several reasons to wait, each with its own end. The clock stands still
    while one of them is open."""
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
    visible_to_customer: bool = False
    """Its due instant is promised to the customer, who sees it."""

    @cached_property
    def events(self) -> frozenset[str]:
        """Every event that moves this clock."""
        waits = (event for wait in self.waits for event in (*wait.on, *wait.until))
        return frozenset((self.start, *self.stop, *self.cancel_on, *waits))

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        """The reasons for which it stands still; `pause_on` with `resume_on` is one of them."""
        if not self.pause_on or not self.resume_on:
            return self.pause
        return (Wait(on=self.pause_on, until=self.resume_on), *self.pause)

    def wait_of(self, event: str) -> Wait | None:
        """The reason that the event opens, or None."""
        return next((wait for wait in self.waits if event in wait.on), None)

    def goal(self, goal_id: str) -> Goal | None:
        """The goal of that id, or None."""
        return next((goal for goal in self.goals if goal.id == goal_id), None)
