"""Clocks, remedies and messages as they are answered."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.intake.copies.rules import (
    ClockCopy,
    ClockState,
    Figure,
    MessageCopy,
    MessageState,
    PendingExtension,
    RemedyCopy,
    RemedyState,
)
from services.intake.entries.views import TextView, text_view
from shared.kernel.money import Money
from shared.packs.notify.model.channels import CHANNELS
from shared.packs.settlement.model.section import Mode, SettlementSection
from shared.platform.http.one_of import one_of


class PendingExtensionView(BaseModel):
    """A later due instant that was asked for; another person of the role decides than the one who asked."""

    extension_id: str
    proposed_due_at: datetime
    approver_role: str
    requested_by: str


class ClockView(BaseModel):
    """A clock as sla reported it last."""

    clock_id: str
    clock: str
    label: TextView
    state: Annotated[str, one_of(ClockState)]
    breached: bool
    started_at: datetime
    due_at: datetime
    pending_extension: PendingExtensionView | None
    cite: str


class AmountView(BaseModel):
    """Money: integer minor units, ISO 4217 currency, and as people read it."""

    minor: int
    currency: str
    text: str


class FigureView(BaseModel):
    """A result beside a remedy's amount, which is not paid. `value` is decimal text, `amount` the same in money."""

    id: str
    label: TextView
    value: str
    amount: AmountView | None
    unit: str | None


class RemedyView(BaseModel):
    """A remedy as settlement reported it last; the roles of `missing_approvals` have to approve it now."""

    remedy_id: str
    remedy: str
    label: TextView
    mode: Annotated[str, one_of(Mode)]
    state: Annotated[str, one_of(RemedyState)]
    amount: AmountView
    quantity: str | None
    unit: str | None
    figures: list[FigureView]
    returned: str | None
    released: str | None
    missing_approvals: list[str]
    at: datetime
    cite: str


class MessageView(BaseModel):
    """A message as notify reported it last."""

    message_id: str
    rule: str
    on: str
    recipient: str
    channel: Annotated[str, one_of(CHANNELS)]
    state: Annotated[str, one_of(MessageState)]
    at: datetime
    cite: str
    handled_by: str | None = Field(description="Who delivers it by hand: `role:…`, or `subject:…` for one person.")
    deliver_by: datetime | None = Field(description="Delivered by hand later it is out of date.")
    repeats_at: datetime | None = Field(
        description="When one of `outcome_unknown` is handed over once more; null: a person finds out."
    )


def clock_view(clock: ClockCopy) -> ClockView:
    return ClockView(
        clock_id=clock.clock_id,
        clock=clock.clock,
        label=TextView(zh=clock.label_zh, en=clock.label_en),
        state=clock.state,
        breached=clock.breached,
        started_at=clock.started_at,
        due_at=clock.due_at,
        pending_extension=_pending(clock.pending_extension),
        cite=clock.cite,
    )


def _pending(asked: PendingExtension | None) -> PendingExtensionView | None:
    if asked is None:
        return None
    return PendingExtensionView(
        extension_id=asked.extension_id,
        proposed_due_at=asked.proposed_due_at,
        approver_role=asked.approver_role,
        requested_by=asked.requested_by,
    )


def remedy_view(remedy: RemedyCopy, section: SettlementSection) -> RemedyView:
    rule = section.remedy(remedy.remedy)
    money = Money(minor=remedy.amount_minor, currency=remedy.currency)
    return RemedyView(
        remedy_id=remedy.remedy_id,
        remedy=remedy.remedy,
        label=text_view(rule.label) if rule else TextView(zh=remedy.remedy, en=remedy.remedy),
        mode=remedy.mode,
        state=remedy.state,
        amount=AmountView(minor=money.minor, currency=money.currency, text=money.text()),
        quantity=remedy.quantity,
        unit=remedy.unit,
        figures=[_figure(name, figure) for name, figure in remedy.figures.items()],
        returned=remedy.returned,
        released=remedy.released,
        missing_approvals=list(remedy.missing_approvals),
        at=remedy.at,
        cite=remedy.cite,
    )


def _figure(name: str, figure: Figure) -> FigureView:
    money = figure.amount
    return FigureView(
        id=name,
        label=TextView(zh=figure.label.zh, en=figure.label.en),
        value=figure.value,
        amount=money and AmountView(minor=money.minor, currency=money.currency, text=money.text()),
        unit=figure.unit,
    )


def message_view(message: MessageCopy) -> MessageView:
    return MessageView(
        message_id=message.message_id,
        rule=message.rule,
        on=message.on_event,
        recipient=message.recipient,
        channel=message.channel,
        state=message.state,
        at=message.at,
        cite=message.cite,
        handled_by=message.handled_by,
        deliver_by=message.deliver_by,
        repeats_at=message.repeats_at,
    )
