"""Intake's copies of clocks, remedies and messages: what the other services' events change in them.

`LABELS` are the names of those events in the history of a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from services.intake.entries.rules.values import instant_text
from shared.contracts import notify, settlement, sla
from shared.contracts.envelope import Contract
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


class Label(NamedTuple):
    """What a person reads for an event."""

    zh: str
    en: str


LABELS: Final[dict[type[Contract], Label]] = {
    sla.ClockStartedV1: Label("时限开始计算", "Clock started"),
    sla.ClockRetargetedV1: Label("时限变更", "Clock has another goal"),
    sla.ClockStoppedV1: Label("时限结束", "Clock stopped"),
    sla.ClockCancelledV1: Label("时限取消", "Clock cancelled"),
    sla.ClockWarnedV1: Label("时限将至", "Clock is nearly due"),
    sla.ClockBreachedV1: Label("超过时限", "Clock breached"),
    sla.ExtensionRequestedV1: Label("申请延期", "Extension requested"),
    sla.ExtensionRejectedV1: Label("延期未批准", "Extension turned down"),
    sla.ClockExtendedV1: Label("批准延期", "Extension granted"),
    sla.ClockExcusedV1: Label("超时已说明理由", "Breach excused"),
    settlement.RemedyQuotedV1: Label("测算处理方案", "Remedy quoted"),
    settlement.RemedyQuoteExpiredV1: Label("测算方案过期", "Quote expired"),
    settlement.RemedyOfferedV1: Label("向用户提出方案", "Proposal offered"),
    settlement.RemedyAcceptedV1: Label("用户接受方案", "Proposal accepted"),
    settlement.RemedyRejectedV1: Label("用户不接受方案", "Proposal rejected"),
    settlement.RemedyApprovalRecordedV1: Label("已作部分审批", "One approval given"),
    settlement.RemedyApprovedV1: Label("处理方案已审批", "Settlement approved"),
    settlement.RemedyDeclinedV1: Label("处理方案未批准", "Settlement declined"),
    settlement.RemedyCertificateRecordedV1: Label("收到证明文件", "Certificate handed in"),
    settlement.RemedyPayoutRequestedV1: Label("提交付款", "Payout requested"),
    settlement.RemedyPayoutInDoubtV1: Label("付款结果待查", "Payout in doubt"),
    settlement.RemedyPayoutFailedV1: Label("付款失败", "Payout failed"),
    settlement.RemedyExecutedV1: Label("处理结果已执行", "Settlement executed"),
    settlement.RemedyGoodsReturnedV1: Label("收到退货", "Goods returned"),
    settlement.RemedyReplacementReleasedV1: Label("发出换补货物", "Replacement released"),
    notify.MessageSentV1: Label("已通知", "Message sent"),
    notify.MessageSkippedV1: Label("通知未发送", "Message skipped"),
    notify.MessageFailedV1: Label("通知失败", "Message failed"),
}

REMEDY_STATE: Final[dict[type[Contract], str | None]] = {
    settlement.RemedyQuotedV1: "quoted",
    settlement.RemedyQuoteExpiredV1: "expired",
    settlement.RemedyOfferedV1: "offered",
    settlement.RemedyAcceptedV1: "accepted",
    settlement.RemedyRejectedV1: "rejected",
    settlement.RemedyApprovalRecordedV1: "accepted",
    settlement.RemedyApprovedV1: "approved",
    settlement.RemedyDeclinedV1: "declined",
    settlement.RemedyCertificateRecordedV1: None,
    settlement.RemedyPayoutRequestedV1: "payout_requested",
    settlement.RemedyPayoutInDoubtV1: "in_doubt",
    settlement.RemedyPayoutFailedV1: "failed",
    settlement.RemedyExecutedV1: "executed",
    settlement.RemedyGoodsReturnedV1: None,
    settlement.RemedyReplacementReleasedV1: None,
}
"""The state in which a remedy is after the event; None where the event leaves it."""

MESSAGE_STATE: Final[dict[type[Contract], str]] = {
    notify.MessageSentV1: "sent",
    notify.MessageSkippedV1: "skipped",
    notify.MessageFailedV1: "failed",
}


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
