"""The one payout of a remedy: an intent, calls under a key that never changes, and what their answers mean.

Unknown is a state of its own: nothing is sent again before the ERP was asked and said that it has nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from services.settlement.payouts.rules.errors import PayoutEnded
from shared.kernel.money import Money

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)


class PayoutState(StrEnum):
    """The state of the call to the ERP; `executed` and `failed` are final."""

    TO_SEND = "to_send"
    UNKNOWN = "unknown"
    QUARANTINED = "quarantined"
    EXECUTED = "executed"
    FAILED = "failed"


OPEN: Final = (PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """`payout_id` is the ERP's idempotency key and never changes. `attempt` fences out a worker that answers late."""

    payout_id: str
    remedy_id: str
    amount: Money
    state: PayoutState = PayoutState.TO_SEND
    attempt: int = 0
    next_at: datetime
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The ERP says that it has paid this amount."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """The ERP was asked and does not know the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The ERP refuses the request."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Time-out, 5xx, or an answer that cannot be read."""

    reason: str


Answer = Paid | NotThere | Refused | NoAnswer


class Outcome(StrEnum):
    """What an answer says about the money of one payout."""

    PAID = "paid"
    WRONG_AMOUNT = "wrong_amount"
    NOT_THERE = "not_there"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


_NEXT: Final[Mapping[PayoutState, Mapping[Outcome, PayoutState]]] = {
    PayoutState.TO_SEND: {
        Outcome.PAID: PayoutState.EXECUTED,
        Outcome.WRONG_AMOUNT: PayoutState.QUARANTINED,
        Outcome.NOT_THERE: PayoutState.TO_SEND,
        Outcome.REFUSED: PayoutState.FAILED,
        Outcome.NO_ANSWER: PayoutState.UNKNOWN,
    },
    PayoutState.UNKNOWN: {
        Outcome.PAID: PayoutState.EXECUTED,
        Outcome.WRONG_AMOUNT: PayoutState.QUARANTINED,
        Outcome.NOT_THERE: PayoutState.TO_SEND,
        Outcome.REFUSED: PayoutState.UNKNOWN,
        Outcome.NO_ANSWER: PayoutState.UNKNOWN,
    },
    PayoutState.QUARANTINED: {
        Outcome.PAID: PayoutState.EXECUTED,
        Outcome.WRONG_AMOUNT: PayoutState.QUARANTINED,
        Outcome.NOT_THERE: PayoutState.QUARANTINED,
        Outcome.REFUSED: PayoutState.QUARANTINED,
        Outcome.NO_ANSWER: PayoutState.QUARANTINED,
    },
    PayoutState.EXECUTED: {},
    PayoutState.FAILED: {},
}
"""A refusal is final only of the sending: a refused question says nothing about money. What was not there is sent
again under the same key, unless a wrong amount was seen before.
"""
_LONG_WAITS: Final = (Outcome.WRONG_AMOUNT, Outcome.NOT_THERE)


def after_answer(payout: Payout, answer: Answer, *, now: datetime) -> Payout:
    """The payout once the ERP answered, or did not. Raises PayoutEnded for one that was executed or has failed."""
    outcome, reason = _outcome(payout, answer)
    state = _NEXT[payout.state].get(outcome)
    match state:
        case None:
            raise PayoutEnded(detail=f"{outcome.value} for a payout that is {payout.state.value}")
        case PayoutState.EXECUTED:
            reference = answer.reference if isinstance(answer, Paid) else None
            return replace(payout, state=state, reference=reference, reason=None)
        case PayoutState.FAILED:
            return replace(payout, state=state, reason=reason)
        case PayoutState.TO_SEND:
            return replace(payout, state=state, next_at=now, reason="not there, sending again")
        case PayoutState.UNKNOWN | PayoutState.QUARANTINED:
            wait = _LONGEST_WAIT if outcome in _LONG_WAITS else wait_after(payout.attempt)
            return replace(payout, state=state, reason=reason[:500], next_at=now + wait)
        case never:
            assert_never(never)


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the nth attempt without an answer: ask once at once, then 5 s doubling to an hour."""
    if attempt <= 1:
        return timedelta(0)
    doubled: int = 1 << min(attempt - 2, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def _outcome(payout: Payout, answer: Answer) -> tuple[Outcome, str]:
    """What the answer says, and the reason that is stored when the payout stays open or fails."""
    match answer:
        case Paid(amount=amount) if amount == payout.amount:
            return Outcome.PAID, ""
        case Paid(amount=amount):
            asked = payout.amount
            reason = f"paid {amount.minor} {amount.currency} instead of {asked.minor} {asked.currency}"
            return Outcome.WRONG_AMOUNT, reason
        case NotThere():
            return Outcome.NOT_THERE, payout.reason or ""
        case Refused(reason=reason):
            return Outcome.REFUSED, reason
        case NoAnswer(reason=reason):
            return Outcome.NO_ANSWER, reason
        case never:
            assert_never(never)
