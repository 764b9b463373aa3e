"""Requests about remedies, and a remedy as readers see it.

Amounts are integer minor units, quantities and prices decimal text; a float is refused.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.views import FigureView, MoneyView, figure_view, money_view
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.use_cases.show_remedies import ShownRemedy
from shared.kernel.text import Text
from shared.packs.settlement.model.section import Mode
from shared.platform.http.one_of import one_of
from shared.platform.http.strict import StrictModel

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
NameText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
_VALUE = Annotated[str, Field(max_length=1000)] | bool | int | None
_ROW = Annotated[dict[NameText, _VALUE], Field(max_length=20)]


class QuoteBody(StrictModel):
    """A remedy of the pack and its inputs by id; a table is a list of at most 200 rows, each its columns by id."""

    remedy: NameText
    inputs: Annotated[dict[NameText, _VALUE | list[_ROW]], Field(max_length=50)] = {}


class HashBody(StrictModel):
    """The hash of the quote as it was shown."""

    quote_hash: Hash


class AcceptBody(HashBody):
    """`consent` where the rule asks for it expressly."""

    consent: bool | None = None


class RejectBody(StrictModel):
    """Why, and whether the customer refuses any further offer (`final`)."""

    final: bool = False
    reason: Reason


class ExemptView(BaseModel):
    """The pack's exception to four eyes under which a person approved what the same person had handled."""

    up_to: str
    currency: str
    cite: str


class ApprovalView(BaseModel):
    """One person's approval."""

    role: str
    subject: str
    at: datetime
    exempt: ExemptView | None


class CertificateView(BaseModel):
    """The tax certificate that was handed in."""

    certificate: str
    reference: str
    recorded_by: str
    at: datetime


class InvoiceView(BaseModel):
    """The figures of the invoice that reverses a sale; a negative invoice's are negative."""

    kind: str
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    certificate: str | None


class WithdrawalView(BaseModel):
    """What a step of the case said of the remedy: it was to end it. `done` where it has ended it."""

    step: str
    reason: Text
    cite: str
    at: datetime
    found: Annotated[str, one_of(State)]
    done: bool


class RemedyView(BaseModel):
    """A remedy in its present state."""

    remedy_id: str
    case_id: str
    remedy: str
    label: Text
    mode: Mode
    state: Annotated[str, one_of(State)]
    amount: MoneyView
    quantity: str | None
    unit: str | None
    figures: list[FigureView]
    quote_hash: str
    quoted_at: datetime
    expires_at: datetime
    round: int | None
    approvals: list[ApprovalView]
    own_approvals: int
    missing_approvals: list[str]
    invoice: InvoiceView | None
    certificate: CertificateView | None
    returned: str | None
    released: str | None
    reason: str | None
    reference: str | None
    withdrawal: WithdrawalView | None
    cite: str


def remedy_view(shown: ShownRemedy) -> RemedyView:
    """A remedy for a reader."""
    remedy = shown.remedy
    quote = remedy.quote
    in_kind = quote.quantity is not None
    return RemedyView(
        remedy_id=remedy.remedy_id,
        case_id=remedy.case_id,
        remedy=remedy.remedy,
        label=shown.rule.label,
        mode=remedy.mode,
        state=remedy.state.value,
        amount=money_view(quote.amount),
        quantity=None if quote.quantity is None else plain(quote.quantity),
        unit=quote.unit,
        figures=[figure_view(figure) for figure in quote.figures],
        quote_hash=quote.quote_hash,
        quoted_at=remedy.quoted_at,
        expires_at=remedy.expires_at,
        round=remedy.round,
        approvals=[_approval_view(each) for each in remedy.approvals],
        own_approvals=sum(each.exempt is not None for each in remedy.approvals),
        missing_approvals=list(shown.missing_approvals),
        invoice=_invoice_view(shown),
        certificate=_certificate_view(shown),
        returned=plain(remedy.returned) if in_kind else None,
        released=plain(remedy.released) if in_kind else None,
        reason=remedy.reason,
        reference=remedy.reference,
        withdrawal=_withdrawal_view(remedy),
        cite=remedy.cite,
    )


def _approval_view(approval: Approval) -> ApprovalView:
    exempt = None if approval.exempt is None else ExemptView(**asdict(approval.exempt))
    return ApprovalView(role=approval.role, subject=approval.subject, at=approval.at, exempt=exempt)


def _invoice_view(shown: ShownRemedy) -> InvoiceView | None:
    quote, rule = shown.remedy.quote, shown.rule
    if quote.split is None or rule.payout is None:
        return None
    is_negative = rule.payout.method == "negative_invoice"
    net, tax, gross = (
        money_view(-amount if is_negative else amount) for amount in (quote.split.net, quote.split.tax, quote.amount)
    )
    needed = None if rule.tax is None else rule.tax.certificate
    return InvoiceView(kind=rule.payout.method, net=net, tax=tax, gross=gross, certificate=needed)


def _certificate_view(shown: ShownRemedy) -> CertificateView | None:
    certificate = shown.remedy.certificate
    if certificate is None:
        return None
    return CertificateView(
        certificate=certificate.certificate,
        reference=certificate.reference,
        recorded_by=certificate.recorded_by,
        at=certificate.at,
    )


def _withdrawal_view(remedy: Remedy) -> WithdrawalView | None:
    said = remedy.withdrawal
    if said is None:
        return None
    return WithdrawalView(
        step=said.step,
        reason=said.reason,
        cite=said.cite,
        at=said.at,
        found=said.found.value,
        done=remedy.state is State.WITHDRAWN,
    )
