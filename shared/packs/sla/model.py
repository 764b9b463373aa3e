"""The sla section of a pack: by when what must have happened, counted on which calendar, and how well that went.

A clock starts and stops on canonical events. Its goals are tried in order and again whenever the case's facts
change; another goal re-targets the clock from its original start. Conditions see `facts` and
`case.case_type`, `case.channel`.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from shared.kernel.text import Text
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.durations import Duration, LeadDuration
from shared.packs.language.expression import Expression
from shared.packs.language.section import Section
from shared.packs.language.types import Cite, EventName, Expr, Ident, Path, Placed
from shared.packs.sla.calendars import Calendar
from shared.packs.sla.indicators import Indicator

_ALWAYS: Final = Expression("true")
_CASE: Final = frozenset({"case_type", "channel"})
_IN_DAYS: Final = frozenset({"day", "week", "working_day"})
_BY_THE_DAY: Final = _IN_DAYS | {"month", "year"}
_EVENTS: Final = ("stop", "cancel_on", "pause_on", "resume_on")


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

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        if (self.duration is None) == (self.at is None):
            yield "a goal has either `duration` or `at`"
        unit = self.duration.unit if self.duration is not None else None
        if self.counts_first_day and unit not in _IN_DAYS:
            yield "`counts_first_day` is for a duration in days or weeks"
        if self.snap_to is not None and unit in _BY_THE_DAY:
            yield "`snap_to` moves an instant; a due day is moved by `roll_to`"
        if self.snap_to is not None and self.roll_to is not None:
            yield "a goal has either `roll_to` or `snap_to`"

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

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) == (self.before is None):
            msg = "a warning has either `percent` or `before`"
            raise ValueError(msg)
        return self


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
    """Events after which nobody waits for it. Closing the case is one only when its milestone is named here."""
    pause_on: tuple[EventName, ...] = ()
    """Events from which on it stands still: hours and minutes stop counting; of days, those that stand still whole."""
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

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        if self.start in {*self.stop, *self.cancel_on}:
            yield f"{self.start} starts and ends the same clock"
        if bool(self.pause_on) != bool(self.resume_on):
            yield "`pause_on` and `resume_on` belong together"
        if set(self.pause_on) & set(self.resume_on):
            yield "an event cannot both pause and resume"
        yield from _repeated("goal", [goal.id for goal in self.goals])
        for goal in self.goals[:-1]:
            if goal.always:
                yield f"goals after `{goal.id}` are never reached"

    @cached_property
    def events(self) -> frozenset[str]:
        """Every event that moves this clock."""
        return frozenset((self.start, *self.stop, *self.cancel_on, *self.pause_on, *self.resume_on))

    def goal(self, goal_id: str) -> Goal | None:
        """The goal of that id, or None."""
        return next((goal for goal in self.goals if goal.id == goal_id), None)


class SlaSection(Section):
    """Calendars, clocks and indicators of one pack."""

    KEY: ClassVar[str] = "sla"

    calendars: tuple[Calendar, ...] = ()
    """When time counts."""
    clocks: tuple[Clock, ...] = ()
    """Rules about time."""
    indicators: tuple[Indicator, ...] = ()
    """Figures over many cases, one for each period."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for fault in (
            *_repeated("calendar", [calendar.id for calendar in self.calendars]),
            *_repeated("clock", [clock.id for clock in self.clocks]),
            *_repeated("indicator", [indicator.id for indicator in self.indicators]),
        ):
            raise ValueError(fault)
        return self

    def calendar(self, calendar_id: str) -> Calendar | None:
        """The calendar of that id, or None."""
        return next((calendar for calendar in self.calendars if calendar.id == calendar_id), None)

    def clock(self, clock_id: str) -> Clock | None:
        """The clock rule of that id, or None."""
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    def indicator(self, indicator_id: str) -> Indicator | None:
        """The indicator of that id, or None."""
        return next((indicator for indicator in self.indicators if indicator.id == indicator_id), None)

    @cached_property
    def awaits(self) -> frozenset[str]:
        """Every event that moves a clock or counts a case."""
        named = [*(clock.events for clock in self.clocks), *(indicator.events for indicator in self.indicators)]
        return frozenset[str]().union(*named)

    def declares(self) -> Names:
        """The calendars and clocks."""
        return Names(
            calendars=[(("calendars", i, "id"), calendar.id) for i, calendar in enumerate(self.calendars)],
            clocks=[(("clocks", i, "id"), clock.id) for i, clock in enumerate(self.clocks)],
        )

    def references(self) -> Names:
        """Events that move clocks and count cases, calendars, approvers, case types."""
        clocks: list[tuple[Path, Clock]] = [(("clocks", i), clock) for i, clock in enumerate(self.clocks)]
        indicators: list[tuple[Path, Indicator]] = [(("indicators", i), one) for i, one in enumerate(self.indicators)]
        about = [(path, rule.case_types) for path, rule in clocks] + [
            (path, rule.case_types) for path, rule in indicators
        ]
        return Names(
            events=[
                *(name for path, clock in clocks for name in _event_names(path, clock)),
                *(name for path, indicator in indicators for name in indicator.event_names(path)),
            ],
            calendars=[
                *(name for path, clock in clocks for name in _calendar_names(path, clock)),
                *(
                    ((*path, "measure", "share", "within", "calendar"), within.calendar)
                    for path, indicator in indicators
                    if (within := indicator.measure.within) is not None
                ),
            ],
            roles=[
                ((*path, "extension", "approver_role"), clock.extension.approver_role)
                for path, clock in clocks
                if clock.extension is not None
            ],
            case_types=[
                ((*path, "case_types", i), case_type)
                for path, case_types in about
                for i, case_type in enumerate(case_types)
            ],
        )

    def findings(self) -> Sequence[Placed]:
        """Clocks that may begin late or never, because nothing is left when the case states no instant."""
        return [(("clocks", i, "goals"), doubt) for i, clock in enumerate(self.clocks) for doubt in _waiting(clock)]

    def scopes(self) -> Sequence[Scope]:
        """Conditions may also ask for the case's type and channel."""
        return tuple(Scope(path=(part,), roots={"case": _CASE}) for part in ("clocks", "indicators"))


def _event_names(path: Path, clock: Clock) -> Iterator[Placed]:
    yield (*path, "start"), clock.start
    for field in _EVENTS:
        for i, event in enumerate(getattr(clock, field)):
            yield (*path, field, i), event


def _calendar_names(path: Path, clock: Clock) -> Iterator[Placed]:
    for i, goal in enumerate(clock.goals):
        for field in ("calendar", "roll_to", "snap_to"):
            if (name := getattr(goal, field)) is not None:
                yield (*path, "goals", i, field), name


def _waiting(clock: Clock) -> Iterator[str]:
    last = clock.goals[-1]
    if last.at is None:
        return
    asked = {*clock.when.variables, *last.when.variables}
    if asked.isdisjoint(last.at.variables):
        yield f"no goal while `{last.at}` is absent: ask for it in `when`, or add a goal with a duration"


def _repeated(kind: str, ids: list[str]) -> list[str]:
    return [f"{kind} `{name}` stands twice" for name in dict.fromkeys(ids) if ids.count(name) > 1]
