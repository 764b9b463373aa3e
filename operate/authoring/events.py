"""The canonical events that services publish: what texts may say of each, and where a pack may name it."""

from collections.abc import Iterator, Mapping
from typing import Final

from operate import contracts
from shared.contracts.catalogue import CLOCK_PLACES, OF_STEPS, Event, Place
from shared.contracts.envelope import Contract
from shared.contracts.intake import CaseAdvancedV1

COLUMNS: Final[Mapping[str, frozenset[Place]]] = {
    "clocks": CLOCK_PLACES,
    "indicators": frozenset({Place.INDICATOR}),
    "notify rules": frozenset({Place.RULE}),
    "`case.milestones` in them": frozenset({Place.RULE_CONDITION}),
    "a step's `on`": frozenset({Place.REACTION}),
    "… with `relation`": frozenset({Place.LINKED_REACTION}),
    "`milestones` in intake": frozenset({Place.GATE}),
    "… of a linked case": frozenset({Place.LINKED_GATE}),
    "samples": frozenset({Place.SAMPLE}),
    "retention": frozenset({Place.RETENTION}),
    "`milestones` in settlement": frozenset({Place.SETTLEMENT_GATE}),
}


def events() -> str:
    """A table of what events say, with that of a step's milestones after it; a table of where they may be named."""
    named = [event for event in contracts.events() if event.places]
    lines = ["| event | from | when | `event.…` |", "| --- | --- | --- | --- |"]
    for event in named:
        meaning = " ".join((event.contract.__doc__ or "").split())
        lines.append(f"| `{event.name}` | {event.producer} | {meaning} | {', '.join(_fields(event.contract))} |")
    lines += ["", f"A milestone that a step of the pack reaches has `event.…` {', '.join(_fields(CaseAdvancedV1))}."]
    return "\n".join([*lines, "", *_places(named)])


def _fields(contract: type[Contract]) -> Iterator[str]:
    return (f"`{name}`" for name in ("name", "occurred_at", *contract.model_fields))


def _places(named: list[Event]) -> Iterator[str]:
    """One row for the events that may be named at the same places; lint refuses them anywhere else."""
    yield "Where an event may be named; anywhere else lint refuses it, because it would never have an effect there."
    yield ""
    yield f"| event | {' | '.join(COLUMNS)} |"
    yield f"| --- |{' --- |' * len(COLUMNS)}"
    alike: dict[frozenset[Place], list[str]] = {}
    for event in named:
        alike.setdefault(event.places, []).append(f"`{event.name}`")
    for places, names in ((OF_STEPS, ["a milestone of the pack's steps"]), *alike.items()):
        yield f"| {', '.join(names)} | {' | '.join(_cell(places, column) for column in COLUMNS.values())} |"


def _cell(places: frozenset[Place], column: frozenset[Place]) -> str:
    if column <= places:
        return "yes"
    some = [place.value.split("`")[1] for place in Place if place in column & places]
    return ", ".join(f"`{name}`" for name in some) if some else "–"
