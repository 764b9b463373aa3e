"""Domain events of a clock; `announce` turns them into published contracts."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The target at that moment, and the rule behind it."""

    due_at: datetime
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Happened):
    """The clock runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retargeted(Happened):
    """The due instant is another one: another goal applies, or a pause has ended."""

    previous_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Happened):
    """The due instant is near, or, where passing it is no breach, has passed.

    `late`: it could not be told before the due instant, which had passed when the alarm was fired.
    """

    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breached(Happened):
    """The due instant has passed and the clock still runs."""

    breached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Happened):
    """The clock has ended; `met` when not after the due instant."""

    stopped_at: datetime
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(Happened):
    """The clock is no longer wanted."""

    cancelled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Excused(Happened):
    """A stated reason excuses the breach."""

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequested(Happened):
    """A later due instant was requested."""

    extension_id: str
    proposed_due_at: datetime
    approver_role: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRejected(Happened):
    """The request was rejected."""

    extension_id: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Happened):
    """A second person granted a later due instant."""

    extension_id: str
    original_due_at: datetime
    after_breach: bool
    actor: Actor


Acted = Excused | ExtensionRequested | ExtensionRejected | Extended
Event = Started | Retargeted | Warned | Breached | Stopped | Cancelled | Acted
