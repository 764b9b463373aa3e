"""Events of a remedy as the contracts that are published; the only module that knows both."""

from datetime import datetime
from typing import Any, Final, assert_never

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.quote import Figure, Split
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.remedy import Change, Remedy
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.contracts import settlement as contracts
from shared.contracts.envelope import ActorV1, MoneyV1, TextV1
from shared.kernel.actor import Actor
from shared.kernel.money import Money
from shared.platform.outbox.append import Outgoing

AGGREGATE: Final = "remedy"


def announced(change: Change, *, actor: Actor, now: datetime) -> list[Outgoing]:
    """The events of `change` to publish; each has the version that the remedy reached by it."""
    remedy = change.remedy
    first = remedy.version - len(change.events) + 1
    facts = _facts(remedy, actor)
    return [
        Outgoing(
            org=remedy.org,
            key=remedy.case_id,
            aggregate=AGGREGATE,
            aggregate_id=remedy.remedy_id,
            version=first + offset,
            occurred_at=now,
            data=_contract(event, facts),
        )
        for offset, event in enumerate(change.events)
    ]


def _contract(event: events.RemedyEvent, facts: dict[str, Any]) -> contracts.RemedyFacts:  # noqa: C901, PLR0911, PLR0912 (a table)
    match event:
        case events.RemedyQuoted(expires_at=expires_at):
            return contracts.RemedyQuotedV1(**facts, expires_at=expires_at)
        case events.RemedyOffered():
            return contracts.RemedyOfferedV1(**facts)
        case events.RemedyAccepted(remaining=remaining):
            return contracts.RemedyAcceptedV1(**facts, remaining=list(remaining))
        case events.RemedyRejected(final=final):
            return contracts.RemedyRejectedV1(**facts, final=final)
        case events.RemedyApprovalRecorded(remaining=remaining):
            return contracts.RemedyApprovalRecordedV1(**facts, remaining=list(remaining))
        case events.RemedyApproved():
            return contracts.RemedyApprovedV1(**facts)
        case events.RemedyDeclined():
            return contracts.RemedyDeclinedV1(**facts)
        case events.RemedyQuoteExpired():
            return contracts.RemedyQuoteExpiredV1(**facts)
        case events.RemedyCertificateRecorded(certificate=certificate, reference=reference):
            return contracts.RemedyCertificateRecordedV1(**facts, certificate=certificate, reference=reference)
        case events.RemedyPayoutRequested(payment_key=payment_key):
            return contracts.RemedyPayoutRequestedV1(**facts, payment_key=payment_key)
        case events.RemedyPayoutPending():
            return contracts.RemedyPayoutPendingV1(**facts)
        case events.RemedyPayoutInDoubt(reason=reason, quarantined=quarantined):
            return contracts.RemedyPayoutInDoubtV1(**facts, reason=reason, quarantined=quarantined)
        case events.RemedyPayoutFailed(reason=reason, code=code):
            return contracts.RemedyPayoutFailedV1(**facts, reason=reason, code=code)
        case events.RemedyPayoutReversed(reference=reference, reason=reason, code=code):
            return contracts.RemedyPayoutReversedV1(**facts, provider_reference=reference, reason=reason, code=code)
        case events.RemedyExecuted(reference=reference, split=split):
            return contracts.RemedyExecutedV1(**facts, provider_reference=reference, **_split(split))
        case events.RemedyGoodsReturned(returned=returned):
            return contracts.RemedyGoodsReturnedV1(**facts, returned=returned)
        case events.RemedyReplacementReleased(released=released):
            return contracts.RemedyReplacementReleasedV1(**facts, released=released)
        case events.RemedyWithdrawn(withdrawal=withdrawal):
            return contracts.RemedyWithdrawnV1(**facts, **_withdrawal(withdrawal))
        case events.RemedyNotWithdrawn(withdrawal=withdrawal):
            return contracts.RemedyNotWithdrawnV1(**facts, **_withdrawal(withdrawal))
        case never:
            assert_never(never)


def _facts(remedy: Remedy, actor: Actor) -> dict[str, Any]:
    quote = remedy.quote
    return {
        "case_id": remedy.case_id,
        "remedy_id": remedy.remedy_id,
        "remedy": remedy.remedy,
        "mode": remedy.mode,
        "amount": _money(quote.amount),
        "quantity": None if quote.quantity is None else plain(quote.quantity),
        "unit": quote.unit,
        "figures": {figure.id: _figure(figure) for figure in quote.figures},
        "quote_hash": quote.quote_hash,
        "cite": remedy.cite,
        "actor": ActorV1.of(actor),
    }


def _figure(figure: Figure) -> contracts.FigureV1:
    return contracts.FigureV1(
        label=TextV1(zh=figure.label.zh, en=figure.label.en),
        value=figure.value,
        amount=None if figure.amount is None else _money(figure.amount),
        unit=figure.unit,
    )


def _split(split: Split | None) -> dict[str, MoneyV1]:
    return {} if split is None else {"net": _money(split.net), "tax": _money(split.tax)}


def _withdrawal(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "step": withdrawal.step,
        "reason": TextV1(zh=withdrawal.reason.zh, en=withdrawal.reason.en),
        "step_cite": withdrawal.cite,
        "step_at": withdrawal.at,
        "found": withdrawal.found.value,
    }


def _money(money: Money) -> MoneyV1:
    return MoneyV1(minor=money.minor, currency=money.currency)
