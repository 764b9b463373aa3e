"""What a decision reads beyond its own case: looks at other cases, standing facts, balances.

It is read before the rules of the pack, which see it as they see `facts`; the history keeps it with the decision.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.balances.rules import balance as balances
from services.intake.balances.rules.balance import Balances
from services.intake.looks import rules as looks
from services.intake.looks.rules import Answers
from services.intake.standing import rules as standing
from services.intake.standing.rules import Readings
from shared.packs.intake.model.balances import BALANCES
from shared.packs.intake.model.looks import LOOKS
from shared.packs.intake.model.standing import STANDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What one decision read."""

    looks: Answers
    standing: Readings
    balances: Balances


def nothing(at: datetime) -> Consulted:
    """A decision that reads nothing but its own case."""
    return Consulted(looks=Answers(at=at), standing=Readings(at=at), balances=Balances(at=at))


def joined(first: Consulted, then: Consulted) -> Consulted:
    """Both; where both read the same, `then` stands."""
    return Consulted(
        looks=Answers(at=first.looks.at, of={**first.looks.of, **then.looks.of}),
        standing=Readings(at=first.standing.at, of={**first.standing.of, **then.standing.of}),
        balances=Balances(at=first.balances.at, of={**first.balances.of, **then.balances.of}, own=first.balances.own),
    )


def seen_as(consulted: Consulted) -> dict[str, object]:
    """The variables of expressions."""
    return {
        LOOKS: looks.seen_as(consulted.looks),
        STANDING: standing.seen_as(consulted.standing),
        BALANCES: balances.seen_as(consulted.balances),
    }


def kept(consulted: Consulted) -> dict[str, Any]:
    """What the case's history keeps, beside what looks answered; nothing of what was not read."""
    return {
        **({STANDING: standing.kept(consulted.standing)} if consulted.standing.of else {}),
        **({BALANCES: balances.kept(consulted.balances)} if consulted.balances.of else {}),
    }
