"""What is known of a run when it is over, as frozen data: invariants are functions of it, and mutations change it.

Ids are text, instants aware. `Books` is collected once (`collect.py`); a small whole one for tests is in `sample.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.suite.faults import Played, Restart

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A POST that was answered 2xx: the event that it causes (`step <id>` for a step), and its subject with its key."""

    org: str
    case_id: str
    what: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case at intake; `milestones` in order, each with its instant."""

    org: str
    case_id: str
    number: str
    status: str
    owner: str
    customer_ref: str
    order_ref: str | None
    policy: tuple[str, int]
    facts: Mapping[str, Any]
    milestones: tuple[tuple[str, datetime], ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A case as another service has it. What the service does not keep is None; `version` is its high-water mark."""

    case_id: str
    number: str
    status: str | None
    owner: str | None
    customer_ref: str
    order_ref: str | None
    policy: tuple[str, int]
    facts: Mapping[str, Any]
    milestones: tuple[tuple[str, datetime | None], ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A published event, from a service's archive; `step` where a step was taken."""

    service: str
    id: str
    topic: str
    key: str
    type: str
    aggregate: str
    aggregate_id: str
    version: int
    seq: int
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of Kafka, in the order of its partition."""

    topic: str
    partition: int
    offset: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A line of the ERP's book: `payment`, or `forgotten` where it was lost again."""

    kind: str
    key: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A payout of settlement with the state of its remedy."""

    payout_id: str
    remedy_id: str
    state: str
    remedy_state: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A line of the ledger; `remedy_id` is that of its entry."""

    entry_id: str
    remedy_id: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of notify. `identity` is what there may be one of; `unknown` counts its attempts without an answer."""

    message_id: str
    case_id: str
    identity: tuple[str, ...]
    rule: str
    recipient: str
    channel: str
    state: str
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock of sla."""

    clock_id: str
    case_id: str
    rule: str
    state: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Bounds in seconds that depend on the machine, and what was measured.

    `lags` are those of the handling of events that were committed once the system was calm; `stops` the seconds until
    each process had ended after SIGTERM.
    """

    lags: tuple[float, ...]
    stops: Mapping[str, float]
    most_lag: float
    most_recovery: float
    most_stop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything that the invariants read.

    `failed` are complaints that ended early; `undisturbed` the cases that were over before the first fault, one at
    least; `views` what a person sees of each case. `heard` are the names of services that hear each event type, `inbox`
    the outcome of each event by service. `left` counts by name what should be nought when all is over. `awaited` are
    the milestones that the pack's clocks name. `mails` counts the mails by Message-ID, lost ones included.
    """

    accepted: tuple[Accepted, ...]
    failed: tuple[str, ...]
    cases: Mapping[str, Case]
    copies: Mapping[str, Mapping[str, Copy]]
    awaited: frozenset[str]
    events: tuple[Event, ...]
    records: tuple[Record, ...]
    heard: Mapping[str, frozenset[str]]
    inbox: Mapping[str, Mapping[str, str]]
    payments: tuple[Payment, ...]
    payouts: tuple[Payout, ...]
    ledger: tuple[Posting, ...]
    messages: tuple[Message, ...]
    mails: Mapping[str, int]
    clocks: tuple[Clock, ...]
    views: Mapping[str, Row]
    undisturbed: frozenset[str]
    left: Mapping[str, int]
    played: tuple[Played, ...]
    restarts: tuple[Restart, ...]
    timing: Timing
