"""Standing facts are read for one decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.entries.rules.values import Context
from services.intake.standing.rules import Asked, Reading, Readings, Subject, instant_meant, subject_of, value_of
from services.intake.standing.store import in_effect
from shared.kernel.ids import OrgId
from shared.packs.intake.model.standing import StandingFact
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStanding:
    """Which are read, for a case of this customer; `seen` is what keys see, `at` the instant of the decision.

    `zone` is that of the pack's days.
    """

    org: OrgId
    facts: Sequence[StandingFact]
    customer: str
    seen: Context
    at: datetime
    zone: ZoneInfo

    def asked(self) -> dict[str, Asked]:
        """Whose they are and of which instant, by the id of the fact."""
        return {
            fact.id: Asked(
                subject=subject_of(fact, self.seen, customer=self.customer),
                as_of=instant_meant(fact, self.seen, at=self.at, zone=self.zone),
            )
            for fact in self.facts
        }


async def read_standing(tx: Transaction, cmd: ReadStanding, *, now: datetime) -> Readings:
    """What they are, as it is known `now`. Raises StandingFactUnfit."""
    asked = cmd.asked()
    places = {
        fact.id: (Subject(kind=fact.of, subject=of.subject, name=fact.recorded_name), of.as_of)
        for fact in cmd.facts
        if (of := asked[fact.id]).subject is not None and of.as_of is not None
    }
    found = await in_effect(tx, list(places.values()), org=cmd.org)
    records = {name: found.get(place) for name, place in places.items()}

    def read(fact: StandingFact) -> Reading:
        of, record = asked[fact.id], records.get(fact.id)
        value = value_of(fact, of, record)
        return Reading(subject=of.subject, record=record, value=value, as_of=of.as_of, known_at=now)

    return Readings(at=cmd.at, of={fact.id: read(fact) for fact in cmd.facts})
