"""Every published event in the order of the documents: by producer, then by type."""

from typing import Final

from shared.contracts.catalogue import CATALOGUE, Event

_PRODUCERS: Final = ("registry", "intake", "sla", "settlement", "notify")


def events() -> list[Event]:
    """Every published event, by producer and type."""
    return sorted(CATALOGUE, key=lambda event: (_PRODUCERS.index(event.producer), event.contract.TYPE))
