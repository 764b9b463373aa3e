"""What goes out: remedies and the ledger."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.settlement.db.ledger import Booked
from services.settlement.domain.figures import plain
from services.settlement.domain.quote import Figure
from services.settlement.use_cases.show_remedy import Shown
from shared.kernel.money import Money
from shared.kernel.text import Text


class TextView(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class MoneyView(BaseModel):
    """Minor units, currency, and the figure as people read it."""

    minor: int
    currency: str
    text: str


class ApprovalView(BaseModel):
    """One person's approval."""

    role: str
    subject: str
    at: datetime


class CertificateView(BaseModel):
    """The tax paper on record."""

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


class FigureView(BaseModel):
    """A result beside the amount, which is not paid. `value` is decimal text; `amount` the same where it is money."""

    id: str
    label: TextView
    value: str
    amount: MoneyView | None
    unit: str | None


class RemedyView(BaseModel):
    """A remedy as it stands."""

    remedy_id: str
    case_id: str
    remedy: str
    label: TextView
    mode: Literal["money", "replacement"]
    state: str
    amount: MoneyView
    quantity: str | None
    unit: str | None
    figures: list[FigureView]
    quote_hash: str
    quoted_at: datetime
    expires_at: datetime
    round: int | None
    approvals: list[ApprovalView]
    missing_approvals: list[str]
    invoice: InvoiceView | None
    certificate: CertificateView | None
    returned: str | None
    released: str | None
    reason: str | None
    reference: str | None
    cite: str


class PostingView(BaseModel):
    """One line of the ledger; a debit is positive, a credit negative."""

    entry_id: str
    remedy_id: str
    business_key: str
    at: datetime
    account: str
    side: Literal["debit", "credit"]
    amount: MoneyView
    cite: str


class LedgerView(BaseModel):
    """The postings of a case; they sum to zero."""

    items: list[PostingView]
    sum_minor: int


def remedy_view(shown: Shown) -> RemedyView:
    """A remedy for a reader."""
    remedy = shown.remedy
    quote = remedy.quote
    in_kind = quote.quantity is not None
    return RemedyView(
        remedy_id=remedy.remedy_id,
        case_id=remedy.case_id,
        remedy=remedy.remedy,
        label=text_view(shown.rule.label),
        mode=remedy.mode,
        state=remedy.state.value,
        amount=money_view(quote.amount),
        quantity=None if quote.quantity is None else plain(quote.quantity),
        unit=quote.unit,
        figures=[_figure_view(figure) for figure in quote.figures],
        quote_hash=quote.quote_hash,
        quoted_at=remedy.quoted_at,
        expires_at=remedy.expires_at,
        round=remedy.round,
        approvals=[ApprovalView(role=each.role, subject=each.subject, at=each.at) for each in remedy.approvals],
        missing_approvals=list(shown.missing_approvals),
        invoice=_invoice_view(shown),
        certificate=_certificate_view(shown),
        returned=plain(remedy.returned) if in_kind else None,
        released=plain(remedy.released) if in_kind else None,
        reason=remedy.reason,
        reference=remedy.reference,
        cite=remedy.cite,
    )


def ledger_view(booked: list[Booked]) -> LedgerView:
    """The ledger for a reader."""
    return LedgerView(
        items=[
            PostingView(
                entry_id=each.entry_id,
                remedy_id=each.remedy_id,
                business_key=each.business_key,
                at=each.at,
                account=each.line.account,
                side="debit" if each.line.amount.minor > 0 else "credit",
                amount=money_view(each.line.amount),
                cite=each.line.cite,
            )
            for each in booked
        ],
        sum_minor=sum(each.line.amount.minor for each in booked),
    )


def money_view(money: Money) -> MoneyView:
    """An amount for a reader."""
    return MoneyView(minor=money.minor, currency=money.currency, text=money.text())


def text_view(text: Text) -> TextView:
    """A pack's text for a reader."""
    return TextView(zh=text.zh, en=text.en)


def _figure_view(figure: Figure) -> FigureView:
    return FigureView(
        id=figure.id,
        label=text_view(figure.label),
        value=figure.value,
        amount=None if figure.amount is None else money_view(figure.amount),
        unit=figure.unit,
    )


def _invoice_view(shown: Shown) -> InvoiceView | None:
    quote, rule = shown.remedy.quote, shown.rule
    if quote.split is None or rule.payout is None:
        return None
    is_negative = rule.payout.method == "negative_invoice"
    net, tax, gross = (
        money_view(-amount if is_negative else amount) for amount in (quote.split.net, quote.split.tax, quote.amount)
    )
    needed = None if rule.tax is None else rule.tax.certificate
    return InvoiceView(kind=rule.payout.method, net=net, tax=tax, gross=gross, certificate=needed)


def _certificate_view(shown: Shown) -> CertificateView | None:
    paper = shown.remedy.certificate
    if paper is None:
        return None
    return CertificateView(
        certificate=paper.certificate, reference=paper.reference, recorded_by=paper.recorded_by, at=paper.at
    )
