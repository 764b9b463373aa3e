"""The transitions of a remedy that is paid, and the body that the ERP is sent."""

from dataclasses import replace
from typing import Any

from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.remedies.rules.context import RemedyContext
from services.settlement.remedies.rules.events import (
    RemedyExecuted,
    RemedyPayoutFailed,
    RemedyPayoutInDoubt,
    RemedyPayoutRequested,
)
from services.settlement.remedies.rules.remedy import Change, Remedy, changed, require_transition
from services.settlement.remedies.rules.states import State, Transition
from shared.packs.settlement.model.section import Payout as Rule


def request_payout(remedy: Remedy) -> Change:
    """The intent to pay is stored."""
    require_transition(remedy, Transition.PAYOUT)
    return changed(replace(remedy, state=State.PAYOUT_REQUESTED), RemedyPayoutRequested())


def doubt(remedy: Remedy) -> Change:
    """Whether money moved is unknown; said once."""
    require_transition(remedy, Transition.DOUBT)
    if remedy.state is State.IN_DOUBT:
        return changed(remedy)
    return changed(replace(remedy, state=State.IN_DOUBT), RemedyPayoutInDoubt())


def fail(remedy: Remedy, *, reason: str) -> Change:
    """The ERP refused; nothing was paid."""
    require_transition(remedy, Transition.FAIL)
    return changed(replace(remedy, state=State.FAILED, reason=reason), RemedyPayoutFailed(reason=reason))


def execute(remedy: Remedy, *, reference: str) -> Change:
    """The ERP has paid exactly this amount."""
    require_transition(remedy, Transition.EXECUTE)
    executed = replace(remedy, state=State.EXECUTED, reference=reference)
    return changed(executed, RemedyExecuted(reference=reference, split=remedy.quote.split))


def after_payout(remedy: Remedy, payout: Payout) -> Change:
    """The remedy once its payout is in `payout.state`; unchanged while the payout is to be sent again."""
    match payout.state:
        case PayoutState.EXECUTED:
            return execute(remedy, reference=payout.reference or payout.payout_id)
        case PayoutState.FAILED:
            return fail(remedy, reason=payout.reason or "refused")
        case PayoutState.UNKNOWN | PayoutState.QUARANTINED:
            return doubt(remedy)
        case PayoutState.TO_SEND:
            return changed(remedy)


def erp_request(context: RemedyContext, rule: Rule) -> dict[str, Any]:
    """The body that is sent to the ERP, fixed when the payout is requested; a negative invoice has negative parts."""
    remedy = context.remedy
    quote = remedy.quote
    body: dict[str, Any] = {
        "organisation": remedy.org,
        "case_number": context.case.number,
        "remedy_id": remedy.remedy_id,
        "amount_minor": quote.amount.minor,
        "currency": quote.amount.currency,
        "kind": rule.method,
    }
    if quote.split is not None:
        sign = -1 if rule.method == "negative_invoice" else 1
        body |= {"net_minor": sign * quote.split.net.minor, "tax_minor": sign * quote.split.tax.minor}
    return body
