"""Intake's copies of clocks, remedies and messages: what the other services' events change in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.intake.entries.rules.values import instant_text
from shared.contracts import settlement, sla
from shared.contracts.settlement import FigureV1


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
    figures: Mapping[str, FigureV1] = field(default_factory=dict)
    missing_approvals: tuple[str, ...] = ()
    """Roles that have to approve before anything else can happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingExtension:
    """A later due instant that somebody asked for; the role decides, and not the one who asked."""

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


def missing_approvals(event: settlement.RemedyFacts) -> list[str]:
    """The roles that have to approve the remedy after the event."""
    match event:
        case settlement.RemedyAcceptedV1() | settlement.RemedyApprovalRecordedV1():
            return list(event.remaining)
        case _:
            return []


def pending_extension(event: sla.ClockFacts) -> dict[str, str] | None:
    """The request that waits for its decision after the event."""
    match event:
        case sla.ExtensionRequestedV1():
            return {
                "extension_id": event.extension_id,
                "proposed_due_at": instant_text(event.proposed_due_at),
                "approver_role": event.approver_role,
                "requested_by": event.actor.subject,
            }
        case _:
            return None


def decides_extension(event: sla.ClockFacts) -> bool:
    """Whether the event opens or ends a request for extension; a clock that ends lets its request lapse."""
    match event:
        case (
            sla.ExtensionRequestedV1()
            | sla.ExtensionRejectedV1()
            | sla.ClockExtendedV1()
            | sla.ClockStoppedV1()
            | sla.ClockCancelledV1()
        ):
            return True
        case _:
            return False


def clock_state(event: sla.ClockFacts) -> str | None:
    """The state in which a clock is after the event; None where the event leaves it."""
    match event:
        case sla.ClockStartedV1():
            return "running"
        case sla.ClockStoppedV1():
            return "met" if event.met else "missed"
        case sla.ClockCancelledV1():
            return "cancelled"
        case _:
            return None
