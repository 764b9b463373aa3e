"""What a decision reads beyond its own case is read, before the rules of the pack."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.balances.use_cases.read_balances import ReadBalances, read_balances
from services.intake.consulted.rules import Consulted
from services.intake.entries.rules.values import Context
from services.intake.looks.rules import Looker
from services.intake.looks.use_cases.look import LookAtOthers, look
from services.intake.standing.use_cases.read_standing import ReadStanding, read_standing
from shared.packs.intake.model.looks import Look
from shared.packs.intake.model.reads import Reads
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """What is read, for which case; `seen` is what keys see, `at` the instant of the decision.

    Its standing facts include what the limits of its balances read.
    """

    reads: Reads
    looker: Looker
    seen: Context
    at: datetime
    zone: ZoneInfo
    reversed: Collection[str] = ()
    """Balances on which what the case has booked is given back."""

    def changed_since(self, earlier: "Consult") -> "Consult":
        """What is read of something else than it was earlier."""
        before, now = earlier.standing_read.asked(), self.standing_read.asked()
        of, to = earlier.balances_read.subjects(), self.balances_read.subjects()
        standing, balances = self.reads.standing, self.reads.balances
        if any(of[each.id] != to[each.id] or before != now for each in balances):
            return replace(self, reads=replace(self.reads, looks=self._looked_otherwise(earlier)))
        changed = tuple(each for each in standing if before[each.id] != now[each.id])
        return replace(self, reads=Reads(looks=self._looked_otherwise(earlier), standing=changed))

    def _looked_otherwise(self, earlier: "Consult") -> tuple[Look, ...]:
        return tuple(each for each in self.reads.looks if earlier.looker.values(each) != self.looker.values(each))

    @property
    def standing_read(self) -> ReadStanding:
        """The standing facts among it."""
        looker = self.looker
        return ReadStanding(
            org=looker.org,
            facts=self.reads.standing,
            customer=looker.customer_ref,
            seen=self.seen,
            at=self.at,
            zone=self.zone,
        )

    @property
    def balances_read(self) -> ReadBalances:
        """The balances among it."""
        looker = self.looker
        return ReadBalances(
            place=(looker.org, looker.case_id, looker.pack),
            balances=self.reads.balances,
            standing=self.standing_read,
            zone=self.zone,
            reversed=self.reversed,
        )


async def consult(tx: Transaction, cmd: Consult, *, now: datetime) -> Consulted:
    """What it answers. Raises LookNotReady, LookTooLarge, RuleFailed, StandingFactUnfit."""
    asked = LookAtOthers(looks=cmd.reads.looks, looker=cmd.looker, at=cmd.at, zone=cmd.zone)
    return Consulted(
        looks=await look(tx, asked, now=now),
        standing=await read_standing(tx, cmd.standing_read, now=now),
        balances=await read_balances(tx, cmd.balances_read, now=now),
    )
