"""Domain event → published contract, into the outbox. The only place that knows both."""

from datetime import datetime
from typing import Any, assert_never

from services.settlement.domain import events
from services.settlement.domain.figures import plain
from services.settlement.domain.quote import Figure, Split
from services.settlement.domain.remedy import Change, Remedy
from shared.contracts import settlement as contracts
from shared.contracts.envelope import ActorV1, MoneyV1, TextV1
from shared.kernel.money import Money
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import Outgoing, append

AGGREGATE = "remedy"
SYSTEM = ActorV1(subject="system")


async def announce(tx: Transaction, change: Change, *, actor: ActorV1, now: datetime) -> None:
    """Append what the change has to tell; each event has a version of its own."""
    remedy = change.remedy
    first = remedy.version - len(change.events) + 1
    await append(
        tx,
        [
            Outgoing(
                org=remedy.org,
                key=remedy.case_id,
                aggregate=AGGREGATE,
                aggregate_id=remedy.remedy_id,
                version=first + offset,
                occurred_at=now,
                data=_contract(event, _facts(remedy, actor)),
            )
            for offset, event in enumerate(change.events)
        ],
    )


def _contract(event: events.Event, facts: dict[str, Any]) -> contracts.RemedyFacts:  # noqa: C901, PLR0911, PLR0912 (a table)
    match event:
        case events.Quoted(expires_at=expires_at):
            return contracts.RemedyQuotedV1(**facts, expires_at=expires_at)
        case events.Offered():
            return contracts.RemedyOfferedV1(**facts)
        case events.Accepted(remaining=remaining):
            return contracts.RemedyAcceptedV1(**facts, remaining=list(remaining))
        case events.Refused(final=final):
            return contracts.RemedyRejectedV1(**facts, final=final)
        case events.ApprovalGiven(remaining=remaining):
            return contracts.RemedyApprovalRecordedV1(**facts, remaining=list(remaining))
        case events.Approved():
            return contracts.RemedyApprovedV1(**facts)
        case events.Declined():
            return contracts.RemedyDeclinedV1(**facts)
        case events.Expired():
            return contracts.RemedyQuoteExpiredV1(**facts)
        case events.CertificateRecorded(certificate=certificate, reference=reference):
            return contracts.RemedyCertificateRecordedV1(**facts, certificate=certificate, reference=reference)
        case events.PayoutRequested():
            return contracts.RemedyPayoutRequestedV1(**facts)
        case events.PayoutInDoubt():
            return contracts.RemedyPayoutInDoubtV1(**facts)
        case events.PayoutFailed(reason=reason):
            return contracts.RemedyPayoutFailedV1(**facts, reason=reason)
        case events.Executed(reference=reference, split=split):
            return contracts.RemedyExecutedV1(**facts, provider_reference=reference, **_split(split))
        case events.GoodsReturned(returned=returned):
            return contracts.RemedyGoodsReturnedV1(**facts, returned=returned)
        case events.Released(released=released):
            return contracts.RemedyReplacementReleasedV1(**facts, released=released)
        case never:
            assert_never(never)


def _facts(remedy: Remedy, actor: ActorV1) -> dict[str, Any]:
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
        "actor": actor,
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


def _money(money: Money) -> MoneyV1:
    return MoneyV1(minor=money.minor, currency=money.currency)
