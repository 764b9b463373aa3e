"""What the ERP may answer, as settlement understands it, and which outcome that is for one payout."""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The ERP says that it has paid this amount."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The ERP has taken the payment of this amount and pays later."""

    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """The ERP was asked and does not know the key. `moved`: it is not the address that the request was sent to."""

    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The ERP refuses the request, for this reason in its words."""

    code: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The ERP says of a payment that it took that it failed, or was reversed."""

    code: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """The ERP answered plainly, but with what must not be believed or stored; a person has to look."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An answer of success that is not what the contract says."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Time-out, a broken connection, or a status that says nothing about money."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Nothing was sent: the organisation has no address that may be called."""

    reason: str


Answer = Paid | Pending | NotThere | Refused | Ended | Unusable | Unreadable | NoAnswer | NotSent


class Outcome(StrEnum):
    """What an answer says about the money of one payout."""

    PAID = "paid"
    PENDING = "pending"
    WRONG_AMOUNT = "wrong_amount"
    NOT_THERE = "not_there"
    MOVED = "moved"
    REFUSED = "refused"
    ENDED = "ended"
    UNUSABLE = "unusable"
    UNREADABLE = "unreadable"
    NO_ANSWER = "no_answer"
    NOT_SENT = "not_sent"


def outcome_of(answer: Answer, *, asked: Money) -> Outcome:
    """The outcome of `answer` where `asked` is to be paid."""
    match answer:
        case Paid(amount=amount) | Pending(amount=amount) if amount != asked:
            return Outcome.WRONG_AMOUNT
        case NotThere(moved=moved):
            return Outcome.MOVED if moved else Outcome.NOT_THERE
        case _:
            return _OUTCOMES[type(answer)]


def reason_of(answer: Answer, *, asked: Money) -> str | None:
    """What people read about a payout that stays open or ended; None where the answer says nothing new."""
    match answer:
        case Paid(amount=amount) | Pending(amount=amount):
            if amount == asked:
                return None
            verb = "paid" if isinstance(answer, Paid) else "accepted"
            return f"{verb} {amount.minor} {amount.currency} instead of {asked.minor} {asked.currency}"
        case NotThere(moved=True):
            return "the ERP's address was changed and the new one does not know the payment"
        case NotThere():
            return None
        case Refused(text=text) | Ended(text=text):
            return text or "no reason given"
        case _:
            return answer.reason


_OUTCOMES = {
    Paid: Outcome.PAID,
    Pending: Outcome.PENDING,
    Refused: Outcome.REFUSED,
    Ended: Outcome.ENDED,
    Unusable: Outcome.UNUSABLE,
    Unreadable: Outcome.UNREADABLE,
    NoAnswer: Outcome.NO_ANSWER,
    NotSent: Outcome.NOT_SENT,
}
