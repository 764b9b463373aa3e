"""What a person decides about a payout that settlement cannot get an answer for."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.settlement.payouts.rules.errors import PayoutNotOpen
from services.settlement.payouts.rules.payout import Payout, PayoutState, executed


class Decision(StrEnum):
    """`paid` and `not_paid` state what a person has found in the ERP; the others let the machine go on."""

    PAID = "paid"
    NOT_PAID = "not_paid"
    SEND_AGAIN = "send_again"
    ASK_AGAIN = "ask_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The decision, the ERP's number of the payment when it was paid, and why."""

    decision: Decision
    reference: str | None
    reason: str


_WAITING: Final = (PayoutState.UNKNOWN, PayoutState.PENDING, PayoutState.QUARANTINED)
_FROM: Final = {
    Decision.PAID: _WAITING,
    Decision.NOT_PAID: _WAITING,
    Decision.SEND_AGAIN: (PayoutState.UNKNOWN, PayoutState.QUARANTINED),
    Decision.ASK_AGAIN: (*_WAITING, PayoutState.EXECUTED),
}


def resolved(payout: Payout, resolution: Resolution, *, now: datetime) -> Payout:
    """The payout as the person decided. Raises PayoutNotOpen where its state does not allow the decision.

    To send again is safe with an ERP that keeps the contract: the key is the same.
    """
    allowed = _FROM[resolution.decision]
    if payout.state not in allowed:
        raise PayoutNotOpen(fields={"state": payout.state.value, "allowed_from": [state.value for state in allowed]})
    match resolution.decision:
        case Decision.PAID:
            return executed(payout, reference=resolution.reference, now=now)
        case Decision.NOT_PAID:
            ended = replace(payout, state=PayoutState.FAILED, settled_at=now, next_at=None)
            return replace(ended, code="not_paid", reason=resolution.reason)
        case Decision.SEND_AGAIN:
            return replace(payout, state=PayoutState.TO_SEND, next_at=now)
        case Decision.ASK_AGAIN:
            return replace(payout, next_at=now)
