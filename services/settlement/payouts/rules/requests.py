"""The transitions of a remedy that is paid, and the body that the ERP is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.settlement.cases.rules import Case
from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.remedies.rules.context import RemedyContext
from services.settlement.remedies.rules.events import (
    RemedyExecuted,
    RemedyPayoutFailed,
    RemedyPayoutInDoubt,
    RemedyPayoutPending,
    RemedyPayoutRequested,
    RemedyPayoutReversed,
)
from services.settlement.remedies.rules.remedy import Change, Remedy, changed, require_transition, withdraw
from services.settlement.remedies.rules.states import State, Transition
from shared.contracts.erp import LONGEST_TEXT, Leg, PaymentCase, PaymentCustomer, PaymentRemedy, PaymentRequest
from shared.kernel.foreign_text import cleaned
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr
from shared.packs.settlement.model.section import Payout as Rule


def request_payout(remedy: Remedy, *, payment_key: str) -> Change:
    """The intent to pay is stored."""
    require_transition(remedy, Transition.PAYOUT)
    event = RemedyPayoutRequested(payment_key=payment_key)
    return changed(replace(remedy, state=State.PAYOUT_REQUESTED), event)


def pend(remedy: Remedy) -> Change:
    """The ERP has taken the payment and pays later."""
    require_transition(remedy, Transition.PEND)
    return changed(replace(remedy, state=State.PAYOUT_REQUESTED), RemedyPayoutPending())


def doubt(remedy: Remedy, *, reason: str, quarantined: bool) -> Change:
    """Whether money moved is unknown."""
    require_transition(remedy, Transition.DOUBT)
    event = RemedyPayoutInDoubt(reason=reason, quarantined=quarantined)
    return changed(replace(remedy, state=State.IN_DOUBT), event)


def fail(remedy: Remedy, *, reason: str, code: str | None = None) -> Change:
    """The ERP refused; nothing was paid."""
    require_transition(remedy, Transition.FAIL)
    event = RemedyPayoutFailed(reason=reason, code=code)
    return changed(replace(remedy, state=State.FAILED, reason=reason), event)


def execute(remedy: Remedy, *, reference: str) -> Change:
    """The ERP has paid exactly this amount."""
    require_transition(remedy, Transition.EXECUTE)
    executed = replace(remedy, state=State.EXECUTED, reference=reference, reason=None)
    return changed(executed, RemedyExecuted(reference=reference, split=remedy.quote.split))


def reverse(remedy: Remedy, *, reason: str, code: str | None) -> Change:
    """The payment came back: the remedy is approved as before, and can be paid again under another key.

    One that a step was to withdraw while its money was on the way is withdrawn now.
    """
    require_transition(remedy, Transition.REVERSE)
    event = RemedyPayoutReversed(reference=remedy.reference or "", reason=reason, code=code)
    approved = changed(replace(remedy, state=State.APPROVED, reference=None, reason=reason), event)
    if remedy.withdrawal is None:
        return approved
    withdrawn = withdraw(approved.remedy, remedy.withdrawal)
    return Change(remedy=withdrawn.remedy, events=(*approved.events, *withdrawn.events))


def after_payout(remedy: Remedy, *, before: PayoutState, payout: Payout) -> Change:  # noqa: PLR0911 (a table)
    """The remedy once its payout has gone from `before` to `payout.state`; each thing is said once.

    Unchanged while the payout is to be sent again, waits as before, or stays paid.
    """
    reason = payout.reason or ""
    match payout.state:
        case PayoutState.UNKNOWN if remedy.state is not State.IN_DOUBT:
            return doubt(remedy, reason=reason, quarantined=False)
        case PayoutState.UNKNOWN | PayoutState.TO_SEND:
            return changed(remedy)
        case same if same is before:
            return changed(remedy)
        case PayoutState.PENDING:
            return pend(remedy)
        case PayoutState.QUARANTINED:
            return doubt(remedy, reason=reason, quarantined=True)
        case PayoutState.EXECUTED:
            return execute(remedy, reference=payout.reference or payout.payout_id)
        case PayoutState.FAILED:
            return fail(remedy, reason=reason or "refused", code=payout.code)
        case PayoutState.REVERSED:
            return reverse(remedy, reason=reason or "reversed", code=payout.code)
    raise AssertionError(payout.state)


def erp_request(
    context: RemedyContext, rule: Rule, *, payment_key: str, callback_url: str | None, now: datetime
) -> dict[str, Any]:
    """The body that is sent to the ERP, fixed when the payout is requested."""
    remedy, case = context.remedy, context.case
    amount = remedy.quote.amount
    request = PaymentRequest(
        payment_key=payment_key,
        organisation=remedy.org,
        case=PaymentCase(id=case.case_id, number=case.number),
        remedy=PaymentRemedy(
            id=remedy.remedy_id,
            kind=remedy.remedy,
            label_zh=_cut(context.rule.label.zh),
            label_en=_cut(context.rule.label.en),
            cite=_cut(remedy.cite),
        ),
        customer=PaymentCustomer(ref=case.customer_ref, name=_told(rule.customer_name, case)),
        order=case.order_ref,
        payee=_told(rule.payee, case),
        method=rule.method,
        amount_minor=amount.minor,
        currency=amount.currency,
        legs=_legs(remedy),
        requested_at=now,
        callback_url=callback_url,
    )
    return request.model_dump(mode="json")


def _legs(remedy: Remedy) -> tuple[Leg, ...]:
    split, gross = remedy.quote.split, remedy.quote.amount
    if split is None:
        return (Leg(part="gross", amount_minor=gross.minor),)
    return (Leg(part="net", amount_minor=split.net.minor), Leg(part="tax", amount_minor=split.tax.minor))


def _told(expression: Expr | None, case: Case) -> str | None:
    """The pack's words about the case, or None where it has none or the case does not say."""
    if expression is None:
        return None
    try:
        value = expression.value(case.context())
    except ExpressionFailed:
        return None
    return _cut(cleaned(value, longest=LONGEST_TEXT)) or None if isinstance(value, str) else None


def _cut(text: str) -> str:
    return text[:LONGEST_TEXT]
