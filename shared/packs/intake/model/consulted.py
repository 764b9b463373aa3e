"""Which names the expressions of the section see of other records: looks, standing facts, balances."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from shared.packs.intake.model.balances import BALANCES, PERIOD, SEEN_OF_PERIOD
from shared.packs.intake.model.looks import LOOKS
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import STANDING
from shared.packs.language.declarations import Scope
from shared.packs.language.types import Placed

Roots = Mapping[str, frozenset[str] | None]


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


def consulted(section: IntakeSection) -> Mapping[str, frozenset[str]]:
    """What a decision reads of other records, by the variable's first part."""
    names: dict[str, Sequence[_Identified]] = {
        LOOKS: section.looks,
        STANDING: section.standing,
        BALANCES: section.balances,
    }
    return {root: frozenset(item.id for item in items) for root, items in names.items() if items}


def key_scopes(section: IntakeSection, known: Roots) -> Iterator[Scope]:
    """What says whose they are sees what any step asks for, besides the case; a limit sees standing facts alone.

    The most that moves on sees the period as well.
    """
    asked = frozenset(field.id for step in section.steps for field in section.fields_of(step))
    yield Scope(path=("standing",), roots={**known, "input": asked})
    yield Scope(path=("balances",), roots={**known, "input": asked})
    standing = frozenset(fact.id for fact in section.standing)
    for i in range(len(section.balances)):
        yield Scope(path=("balances", i, "limit"), roots={STANDING: standing})
        yield Scope(path=("balances", i, "carry_over"), roots={STANDING: standing, PERIOD: SEEN_OF_PERIOD})


def booked(section: IntakeSection) -> Iterator[Placed]:
    """The balances that steps book on."""
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "books", j, "balance"), item.balance) for j, item in enumerate(step.books))
