"""Who is concerned by a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.cases.rules.case import Case
from services.intake.search.rules import Searched


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
