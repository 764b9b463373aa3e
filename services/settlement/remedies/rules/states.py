"""The states of a remedy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a remedy stands; from `executed` on they are final."""

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


OPEN: Final = (State.OFFERED, State.ACCEPTED, State.APPROVED, State.PAYOUT_REQUESTED, State.IN_DOUBT)
"""A proposal in one of these is before the customer or on its way; no other may be offered on the case."""

ENDED_UNPAID: Final = (State.FAILED, State.REJECTED, State.DECLINED, State.EXPIRED)

EXPIRING: Final = (State.QUOTED, State.OFFERED)

ALLOWED_FROM: Final[Mapping[str, tuple[State, ...]]] = {
    "offer": (State.QUOTED,),
    "accept": (State.OFFERED,),
    "reject": (State.OFFERED,),
    "approve": (State.ACCEPTED,),
    "decline": (State.ACCEPTED, State.APPROVED),
    "certificate": (State.ACCEPTED, State.APPROVED),
    "returns": (State.ACCEPTED, State.APPROVED),
    "release": (State.APPROVED,),
    "payout": (State.APPROVED,),
    "doubt": (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    "fail": (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    "execute": (State.PAYOUT_REQUESTED, State.IN_DOUBT),
    "expire": EXPIRING,
}
"""From where each action is possible; what a refusal says. The transitions in `remedy` decide, a test compares."""
