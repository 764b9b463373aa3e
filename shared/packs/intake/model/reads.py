"""What a decision reads beyond its own case: the looks, standing facts and balances that its rules name."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.packs.intake.model.balances import Balance, balances_read_by
from shared.packs.intake.model.looks import Look, read_by
from shared.packs.intake.model.standing import StandingFact, standing_read_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Those of a section, or those among them that a step or a registration reads."""

    looks: tuple[Look, ...] = ()
    standing: tuple[StandingFact, ...] = ()
    balances: tuple[Balance, ...] = ()

    def by(self, rules: tuple[object, ...], *, booked: Collection[str] = ()) -> "Reads":
        """Those that expressions inside `rules` read or that are `booked`, with what the limits of balances read."""
        read = balances_read_by(self.balances, rules)
        balances = tuple(each for each in self.balances if each in read or each.id in booked)
        return Reads(
            looks=read_by(self.looks, rules),
            standing=standing_read_by(self.standing, (*rules, *balances)),
            balances=balances,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is read."""
        return not (self.looks or self.standing or self.balances)


NOTHING = Reads()
