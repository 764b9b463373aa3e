"""Intake's copies of clocks, remedies and messages, and what one event changes in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.kernel.ids import CaseId, OrgId
from shared.kernel.money import Money
from shared.kernel.text import Text

ClockState = Literal["running", "met", "missed", "cancelled"]
"""What the events of a clock make of it; whether it was breached is said beside it."""
RemedyState = Literal[
    "quoted", "offered", "accepted", "approved", "payout_requested", "in_doubt", "executed", "failed", "rejected",
    "declined", "expired", "withdrawn",
]  # fmt: skip
MessageState = Literal["to_do", "outcome_unknown", "sent", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A result beside the amount of a remedy, which is not paid. `value` is decimal text."""

    label: Text
    value: str
    amount: Money | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyCopy:
    """What settlement said last about a remedy."""

    remedy_id: str
    remedy: str
    mode: str
    state: str
    amount_minor: int
    currency: str
    quantity: str | None
    unit: str | None
    returned: str | None
    released: str | None
    cite: str
    at: datetime
    figures: Mapping[str, Figure] = field(default_factory=dict)
    missing_approvals: tuple[str, ...] = ()
    """Roles that have to approve before anything else can happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingExtension:
    """A later due instant that was requested; a person of the role decides, other than the requester."""

    extension_id: str
    proposed_due_at: datetime
    approver_role: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCopy:
    """What sla said last about a clock."""

    clock_id: str
    clock: str
    label_zh: str
    label_en: str
    state: str
    started_at: datetime
    due_at: datetime
    breached: bool
    cite: str
    pending_extension: PendingExtension | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCopy:
    """What notify said last about a message."""

    message_id: str
    rule: str
    on_event: str
    recipient: str
    channel: str
    state: str
    at: datetime
    cite: str
    handled_by: str | None = None
    """Who delivers it by hand: `role:…`, or `subject:…` for one person."""
    deliver_by: datetime | None = None
    """Delivered later it is out of date."""
    repeats_at: datetime | None = None
    """When one of unknown outcome is handed over once more; without it a person finds out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyChange:
    """What an event of another service's aggregate at `version` says about a case."""

    org: OrgId
    case_id: CaseId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange(CopyChange):
    """The clock after the event; the fields in `unchanged` keep their values where the copy exists."""

    copy: ClockCopy
    unchanged: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyChange(CopyChange):
    """The remedy after the event; the fields in `unchanged` keep their values where the copy exists."""

    copy: RemedyCopy
    unchanged: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange(CopyChange):
    """The message after the event."""

    copy: MessageCopy
