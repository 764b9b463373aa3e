"""One clock of one case: what is awaited, by when, and the outcome.

A clock breaches strictly after its due instant: what is done exactly at it is met (ADR 0027 A70). It has one
target at a time; each new target has a higher `generation`, and an alarm of an older one does nothing. A breach is
recorded once per target and never erased: a later target only marks it (ADR 0027 A73, A75).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.sla.calendars.rules.counting import Pause
from services.sla.clocks.rules.errors import TransitionRefused
from services.sla.clocks.rules.events import Event
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text


class Status(StrEnum):
    """`undated`: the calendar has no confirmed data yet, so the due instant is unknown."""

    UNDATED = "undated"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why a target was set."""

    START = "start"
    RETARGET = "retarget"
    RESUME = "resume"
    EXTENSION = "extension"


class Mark(StrEnum):
    """What a later fact made of a breach; `standing` when none did."""

    STANDING = "standing"
    SUPERSEDED = "superseded"  # another goal applies from the original start
    WITHDRAWN = "withdrawn"  # as above, where the pack does not keep breaches of superseded goals
    EXTENDED_LATE = "extended_late"  # extended after the due instant
    REPORTED_LATE = "reported_late"  # done in time, known too late
    EXCUSED = "excused"


class Severity(StrEnum):
    """What passing the due instant is."""

    BREACH = "breach"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A due instant with its reason. `original_due_at` is what the goal alone gives, before any extension.

    `stated` is the instant or date that the case stated, as text; None when the goal is a duration.
    """

    generation: int
    goal: str
    cite: str
    due_at: datetime
    original_due_at: datetime
    warn_at: tuple[datetime, ...]
    set_at: datetime
    why: Why
    extension_id: str | None = None
    stated: str | None = None
    granted_due_at: datetime | None = None  # granted by an extension; a later goal does not move it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A due instant passed while the clock ran. A clock breaches each due instant once, whatever targets share it."""

    due_at: datetime
    breached_at: datetime
    mark: Mark = Mark.STANDING
    reason: str = ""
    marked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock. `version` counts its events; `calendars` pins each calendar's content by its hash."""

    org: OrgId
    case_id: CaseId
    clock_id: str
    rule: str
    start_seq: int  # which of the case's events started it
    label: Text
    cite: str
    severity: Severity
    started_at: datetime
    status: Status
    target: Target | None
    calendars: dict[str, str]
    version: int = 0
    stopped_at: datetime | None = None
    stopped_by: str = ""
    pauses: tuple[Pause, ...] = ()
    breaches: tuple[Breach, ...] = ()

    @property
    def due_at(self) -> datetime:
        """The present due instant. Only dated clocks have one."""
        return self.dated().due_at

    @property
    def is_open(self) -> bool:
        """Whether the clock has not ended."""
        return self.status in {Status.UNDATED, Status.RUNNING, Status.PAUSED}

    @property
    def waiting(self) -> tuple[Pause, ...]:
        """The reasons for which it stands still now; none once it has ended."""
        return tuple(pause for pause in self.pauses if pause.until_at is None)

    @property
    def breach(self) -> Breach | None:
        """The breach of the present due instant."""
        return next((breach for breach in self.breaches if self.target and breach.due_at == self.target.due_at), None)

    def dated(self) -> Target:
        """The target, or TransitionRefused for a clock that has none yet."""
        if self.target is None:
            raise TransitionRefused(fields={"status": self.status.value, "action": "date"})
        return self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A clock after a transition, and what to announce."""

    clock: Clock
    events: tuple[Event, ...] = ()
