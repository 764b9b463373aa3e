"""Who is concerned by a case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.intake.cases.rules.case import Case
from services.intake.search.rules import Searched

CUSTOMER: Final = "customer"
"""The role of the party that the complaint is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party of a case with its addresses. Personal data."""

    party_id: str
    role: str
    name: str
    email: str | None
    phone: str | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """The contact that a case came with, when it is not on record yet."""

    kind: str
    caller: dict[str, Any]


def customer_of(parties: Iterable[Party]) -> Party | None:
    """The customer among them: the first, should there be several."""
    return next((party for party in parties if party.role == CUSTOMER), None)


def searched_of(case: Case, parties: Sequence[Party]) -> Searched:
    """What a case is found by: its number and order, its parties and what they said."""
    return Searched(
        number=case.number,
        order_ref=case.order_ref,
        customer_ref=case.customer_ref,
        names=[party.name for party in parties],
        phones=[party.phone for party in parties if party.phone],
        description=case.description,
    )
