"""The canonical event names that packs may refer to without declaring them."""

from collections.abc import Iterator
from typing import Final

from shared.contracts import intake, notify, settlement, sla
from shared.contracts.envelope import Contract
from shared.contracts.intake import PartyRecordedV1

_MODULES: Final = (intake, sla, settlement, notify)
_UNSPOKEN: Final = frozenset({PartyRecordedV1})  # personal data; only notify knows it


def _contracts() -> Iterator[type[Contract]]:
    for module in _MODULES:
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Contract) and hasattr(thing, "TYPE"):
                yield thing


PUBLISHED_EVENTS: Final = frozenset(contract.milestone() for contract in _contracts() if contract not in _UNSPOKEN)
"""`case.registered`, `clock.breached`, `remedy.executed` …; steps of a pack add milestones of their own."""
