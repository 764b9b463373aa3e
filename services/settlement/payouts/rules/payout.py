"""One payout of a remedy: an intent, calls under a key that never changes, and what their answers mean.

Unknown is a state of its own: nothing is sent again before the ERP was asked and said that it has nothing. What was
accepted is waited for without limit, and what was paid is asked about for a month, because payments come back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.settlement.payouts.rules.answers import Answer, Ended, Outcome, Paid, Refused, outcome_of, reason_of
from services.settlement.payouts.rules.errors import PayoutEnded
from shared.kernel.money import Money

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LONGEST_REASON: Final = 1000
_WATCH: Final = tuple(timedelta(days=days) for days in (1, 3, 7, 14, 30))
"""When an executed payout is asked about again, counted from its execution."""


class PayoutState(StrEnum):
    """The state of the call to the ERP; `failed` and `reversed` are final."""

    TO_SEND = "to_send"
    UNKNOWN = "unknown"
    PENDING = "pending"
    QUARANTINED = "quarantined"
    EXECUTED = "executed"
    FAILED = "failed"
    REVERSED = "reversed"


OPEN: Final = (PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.PENDING, PayoutState.QUARANTINED)
ENDED: Final = (PayoutState.FAILED, PayoutState.REVERSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """`payout_id` is the ERP's idempotency key and never changes. `attempt` fences out a worker that answers late."""

    payout_id: str
    remedy_id: str
    amount: Money
    state: PayoutState = PayoutState.TO_SEND
    attempt: int = 0
    next_at: datetime | None
    sent_to: str | None = None
    settled_at: datetime | None = None
    reference: str | None = None
    code: str | None = None
    reason: str | None = None


_S = PayoutState
_ASKED_AGAIN: Final[Mapping[Outcome, PayoutState]] = {
    Outcome.PAID: _S.EXECUTED,
    Outcome.PENDING: _S.PENDING,
    Outcome.WRONG_AMOUNT: _S.QUARANTINED,
    Outcome.MOVED: _S.QUARANTINED,
    Outcome.ENDED: _S.FAILED,
    Outcome.UNUSABLE: _S.QUARANTINED,
}
"""What is believed in every open state."""
_NEXT: Final[Mapping[PayoutState, Mapping[Outcome, PayoutState]]] = {
    _S.TO_SEND: {
        **_ASKED_AGAIN,
        Outcome.NOT_THERE: _S.TO_SEND,
        Outcome.REFUSED: _S.FAILED,
        Outcome.UNREADABLE: _S.UNKNOWN,
        Outcome.NO_ANSWER: _S.UNKNOWN,
        Outcome.NOT_SENT: _S.TO_SEND,
    },
    _S.UNKNOWN: {
        **_ASKED_AGAIN,
        Outcome.NOT_THERE: _S.TO_SEND,
        Outcome.REFUSED: _S.UNKNOWN,
        Outcome.UNREADABLE: _S.QUARANTINED,
        Outcome.NO_ANSWER: _S.UNKNOWN,
        Outcome.NOT_SENT: _S.UNKNOWN,
    },
    _S.PENDING: {
        **_ASKED_AGAIN,
        Outcome.NOT_THERE: _S.QUARANTINED,
        Outcome.REFUSED: _S.PENDING,
        Outcome.UNREADABLE: _S.PENDING,
        Outcome.NO_ANSWER: _S.PENDING,
        Outcome.NOT_SENT: _S.PENDING,
    },
    _S.QUARANTINED: {
        **dict.fromkeys(Outcome, _S.QUARANTINED),
        Outcome.PAID: _S.EXECUTED,
        Outcome.PENDING: _S.PENDING,
        Outcome.ENDED: _S.FAILED,
    },
    _S.EXECUTED: {**dict.fromkeys(Outcome, _S.EXECUTED), Outcome.ENDED: _S.REVERSED},
    _S.FAILED: {},
    _S.REVERSED: {},
}
"""A refusal is final only of the sending: a refused question says nothing about money. What was not there is sent
again under the same key, unless it was accepted, paid in another amount, or sent to another address before.
"""


def after_answer(payout: Payout, answer: Answer, *, now: datetime) -> Payout:
    """The payout once the ERP answered, or did not. Raises PayoutEnded for one that failed or was reversed."""
    outcome = outcome_of(answer, asked=payout.amount)
    state = _NEXT[payout.state].get(outcome)
    if state is None:
        raise PayoutEnded(detail=f"{outcome.value} for a payout that is {payout.state.value}")
    if payout.state is state is _S.EXECUTED:
        return replace(payout, next_at=_watched_at(payout.settled_at or now, now=now))
    if state is _S.EXECUTED:
        reference = answer.reference if isinstance(answer, Paid) else None
        return executed(payout, reference=reference, now=now)
    reason = reason_of(answer, asked=payout.amount)
    code = answer.code if isinstance(answer, Refused | Ended) else None
    after = replace(payout, state=state, reason=(reason or payout.reason or "")[:_LONGEST_REASON] or None)
    if state in ENDED:
        return replace(after, code=code, settled_at=now, next_at=None)
    if state is _S.TO_SEND:
        waits = outcome is Outcome.NOT_SENT
        return replace(after, next_at=now + wait_after(max(payout.attempt, 2)) if waits else now)
    if state is _S.PENDING:
        # What is pending is told plainly; the reason of an earlier doubt is over.
        reason_now = None if outcome is Outcome.PENDING else after.reason
        return replace(after, reason=reason_now, next_at=now + wait_after(max(payout.attempt, 2)))
    wait = _LONGEST_WAIT if state is _S.QUARANTINED else wait_after(payout.attempt)
    return replace(after, next_at=now + wait)


def executed(payout: Payout, *, reference: str | None, now: datetime) -> Payout:
    """The payout once it is known to be paid."""
    return replace(
        payout,
        state=_S.EXECUTED,
        reference=reference,
        reason=None,
        settled_at=now,
        next_at=_watched_at(now, now=now),
    )


def wait_after(attempt: int) -> timedelta:
    """How long to wait after the nth attempt without an answer: ask once at once, then 5 s doubling to an hour."""
    if attempt <= 1:
        return timedelta(0)
    doubled: int = 1 << min(attempt - 2, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def _watched_at(settled_at: datetime, *, now: datetime) -> datetime | None:
    """The next instant at which an executed payout is asked about; None after a month."""
    return next((settled_at + span for span in _WATCH if settled_at + span > now), None)
