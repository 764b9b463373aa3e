"""Published by sla on its topic, keyed by case: what the clocks did. Milestone = type without `.v1`."""

from typing import ClassVar

from shared.contracts import topics
from shared.contracts.envelope import ActorV1, Instant, OfCase, TextV1


class ClockFacts(OfCase):
    """What every clock event says: which clock of which case, its goal and the rule behind it."""

    TOPIC: ClassVar[str] = topics.SLA

    clock_id: str
    clock: str  # the pack's id of the clock rule, `cycle`
    label: TextV1
    started_at: Instant
    due_at: Instant
    cite: str


class ClockStartedV1(ClockFacts):
    """A clock runs."""

    TYPE: ClassVar[str] = "clock.started.v1"


class ClockRetargetedV1(ClockFacts):
    """Another goal applies from the original start (severity changed, say)."""

    TYPE: ClassVar[str] = "clock.retargeted.v1"

    previous_due_at: Instant


class ClockStoppedV1(ClockFacts):
    """What was awaited happened; `met` when not after the due instant (done exactly at it is met)."""

    TYPE: ClassVar[str] = "clock.stopped.v1"

    stopped_at: Instant
    met: bool


class ClockCancelledV1(ClockFacts):
    """The clock is no longer wanted; whether it would have been met is not known."""

    TYPE: ClassVar[str] = "clock.cancelled.v1"

    cancelled_at: Instant


class ClockWarnedV1(ClockFacts):
    """The due instant is near and the clock still runs."""

    TYPE: ClassVar[str] = "clock.warned.v1"

    late: bool = False  # the due instant had passed when it could be told


class ClockBreachedV1(ClockFacts):
    """The due instant has passed and the clock still runs. Published once per target."""

    TYPE: ClassVar[str] = "clock.breached.v1"

    breached_at: Instant


class ExtensionRequestedV1(ClockFacts):
    """A later due instant was requested, with a reason."""

    TYPE: ClassVar[str] = "extension.requested.v1"

    extension_id: str
    proposed_due_at: Instant
    approver_role: str
    actor: ActorV1


class ExtensionRejectedV1(ClockFacts):
    """The request was turned down; the due instant stands."""

    TYPE: ClassVar[str] = "extension.rejected.v1"

    extension_id: str
    actor: ActorV1


class ClockExtendedV1(ClockFacts):
    """A second person granted a later due instant; the original is kept."""

    TYPE: ClassVar[str] = "clock.extended.v1"

    extension_id: str
    original_due_at: Instant
    after_breach: bool
    actor: ActorV1


class ClockExcusedV1(ClockFacts):
    """A stated reason excuses a breach of a goal that holds only in principle."""

    TYPE: ClassVar[str] = "clock.excused.v1"

    actor: ActorV1
