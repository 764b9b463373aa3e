"""Standing facts are read for one decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.entries.rules.values import Context
from services.intake.standing.rules import Readings, Subject, reading, subject_of
from services.intake.standing.store import in_effect
from shared.kernel.ids import OrgId
from shared.packs.intake.model.standing import StandingFact
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStanding:
    """Which are read, for a case of this customer; `seen` is what keys see, `at` the instant of the decision."""

    org: OrgId
    facts: Sequence[StandingFact]
    customer: str
    seen: Context
    at: datetime

    def subjects(self) -> dict[str, str | None]:
        """Whose they are, by the id of the fact."""
        return {fact.id: subject_of(fact, self.seen, customer=self.customer) for fact in self.facts}


async def read_standing(tx: Transaction, cmd: ReadStanding) -> Readings:
    """What they are. Raises StandingFactUnfit."""
    subjects = cmd.subjects()
    places = {
        fact.id: (Subject(kind=fact.of, subject=subject, name=fact.recorded_name), cmd.at)
        for fact in cmd.facts
        if (subject := subjects[fact.id]) is not None
    }
    found = await in_effect(tx, list(places.values()), org=cmd.org)
    records = {name: found.get(place) for name, place in places.items()}
    of = {fact.id: reading(fact, subjects[fact.id], records.get(fact.id)) for fact in cmd.facts}
    return Readings(at=cmd.at, of=of)
