"""The states of a remedy, and the one table that says which transition is possible from which of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """The state of a remedy; from `executed` on they are final, but a payment that comes back re-opens the remedy."""

    QUOTED = "quoted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    PAYOUT_REQUESTED = "payout_requested"
    IN_DOUBT = "in_doubt"
    EXECUTED = "executed"
    FAILED = "failed"
    REJECTED = "rejected"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Transition(StrEnum):
    """What is done to a remedy; refusals name it as `action`."""

    OFFER = "offer"
    ACCEPT = "accept"
    REJECT = "reject"
    APPROVE = "approve"
    DECLINE = "decline"
    CERTIFICATE = "certificate"
    RETURNS = "returns"
    RELEASE = "release"
    PAYOUT = "payout"
    PEND = "pend"
    DOUBT = "doubt"
    FAIL = "fail"
    EXECUTE = "execute"
    REVERSE = "reverse"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


OPEN: Final = (State.OFFERED, State.ACCEPTED, State.APPROVED, State.PAYOUT_REQUESTED, State.IN_DOUBT)
"""A remedy in one of these is with the customer or being carried out; no other may be offered on the case."""

ENDED_UNPAID: Final = (State.FAILED, State.REJECTED, State.DECLINED, State.EXPIRED, State.WITHDRAWN)

EXPIRING: Final = (State.QUOTED, State.OFFERED)

ALLOWED_FROM: Final[Mapping[Transition, tuple[State, ...]]] = {
    Transition.OFFER: (State.QUOTED,),
    Transition.ACCEPT: (State.OFFERED,),
    Transition.REJECT: (State.OFFERED,),
    Transition.APPROVE: (State.ACCEPTED,),
    Transition.DECLINE: (State.ACCEPTED, State.APPROVED),
    Transition.CERTIFICATE: (State.ACCEPTED, State.APPROVED),
    Transition.RETURNS: (State.ACCEPTED, State.APPROVED),
    Transition.RELEASE: (State.APPROVED,),
    Transition.PAYOUT: (State.APPROVED,),
    Transition.PEND: (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    Transition.DOUBT: (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    Transition.FAIL: (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    Transition.EXECUTE: (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    Transition.REVERSE: (State.EXECUTED,),
    Transition.EXPIRE: EXPIRING,
    Transition.WITHDRAW: (State.QUOTED, State.OFFERED, State.ACCEPTED, State.APPROVED),
}
"""From which states each transition is possible; a refusal lists them."""
