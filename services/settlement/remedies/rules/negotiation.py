"""Offers on one case: one open at a time, as many rounds as the pack allows, none after a final refusal.

A case has one settlement. Once a remedy is open or executed, no other can be offered, so no case is paid twice.
A remedy that was executed with nothing to pay does not count.
"""

from collections.abc import Sequence

from services.settlement.remedies.rules.errors import AnotherRemedyOpen, NegotiationEnded, RoundsUsedUp
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.rules.states import OPEN, State
from shared.packs.settlement.model.section import Offers


def require_going_on(all_of_case: Sequence[Remedy], offers: Offers | None) -> None:
    """Raise NegotiationEnded once the customer refused for good."""
    if any(remedy.final for remedy in all_of_case):
        raise NegotiationEnded(cite=None if offers is None else offers.cite)


def next_round(remedy: Remedy, all_of_case: Sequence[Remedy], offers: Offers | None) -> int:
    """The number of the round in which `remedy` would be offered.

    Raises AnotherRemedyOpen, NegotiationEnded or RoundsUsedUp.
    """
    others = [other for other in all_of_case if other.remedy_id != remedy.remedy_id]
    for other in others:
        is_settled = other.state is State.EXECUTED and not other.quote.is_nothing_to_pay
        if other.state in OPEN or is_settled:
            raise AnotherRemedyOpen(cite=remedy.cite, fields={"remedy_id": other.remedy_id, "state": other.state.value})
    require_going_on(others, offers)
    number = 1 + sum(1 for other in others if other.round is not None)
    if offers is not None and number > offers.max_rounds:
        raise RoundsUsedUp(cite=offers.cite, fields={"max_rounds": offers.max_rounds})
    return number
