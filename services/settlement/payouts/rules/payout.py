"""The one payout of a remedy: an intent, calls under a key that never changes, and what their answers mean.

Unknown is a state of its own: nothing is sent again before the ERP was asked and said that it has nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from shared.kernel.money import Money

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)


class PayoutState(StrEnum):
    """Where the call to the ERP stands."""

    TO_SEND = "to_send"
    UNKNOWN = "unknown"
    QUARANTINED = "quarantined"
    EXECUTED = "executed"
    FAILED = "failed"


OPEN: Final = (PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """`payout_id` is the ERP's idempotency key, for ever. `attempt` fences out a worker that came back late."""

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
    """The ERP says it has paid this."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """Asked, the ERP does not know the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The ERP understood and will not pay."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Time-out, 5xx, or an answer nobody can read."""

    reason: str


Answer = Paid | NotThere | Refused | NoAnswer


def after_answer(payout: Payout, answer: Answer, *, now: datetime) -> Payout:
    """The payout once the ERP answered, or did not."""
    match answer:
        case Paid(reference=reference, amount=amount) if amount == payout.amount:
            return replace(payout, state=PayoutState.EXECUTED, reference=reference, reason=None)
        case Paid(reference=reference, amount=amount):
            reason = f"paid {amount.minor} {amount.currency} instead of {payout.amount.minor} {payout.amount.currency}"
            return _later(payout, PayoutState.QUARANTINED, reason=reason, now=now, wait=_LONGEST_WAIT)
        case NotThere():
            return _not_there(payout, now=now)
        case Refused(reason=reason):
            return _refused(payout, reason=reason, now=now)
        case NoAnswer(reason=reason):
            return _unanswered(payout, reason=reason, now=now)
        case never:
            assert_never(never)


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the nth attempt without an answer: ask once at once, then 5 s doubling to an hour."""
    if attempt <= 1:
        return timedelta(0)
    doubled: int = 1 << min(attempt - 2, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def _not_there(payout: Payout, *, now: datetime) -> Payout:
    """Safe to send again under the same key, unless a wrong amount was seen before."""
    if payout.state is PayoutState.QUARANTINED:
        return _later(payout, PayoutState.QUARANTINED, reason=payout.reason or "", now=now, wait=_LONGEST_WAIT)
    return replace(payout, state=PayoutState.TO_SEND, next_at=now, reason="not there, sending again")


def _refused(payout: Payout, *, reason: str, now: datetime) -> Payout:
    """Final only when it was the sending that was refused; a refused question says nothing about money."""
    if payout.state is PayoutState.TO_SEND:
        return replace(payout, state=PayoutState.FAILED, reason=reason)
    return _unanswered(payout, reason=reason, now=now)


def _unanswered(payout: Payout, *, reason: str, now: datetime) -> Payout:
    state = PayoutState.QUARANTINED if payout.state is PayoutState.QUARANTINED else PayoutState.UNKNOWN
    return _later(payout, state, reason=reason, now=now, wait=wait_after(payout.attempt))


def _later(payout: Payout, state: PayoutState, *, reason: str, now: datetime, wait: timedelta) -> Payout:
    return replace(payout, state=state, reason=reason[:500], next_at=now + wait)
