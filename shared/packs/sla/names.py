"""What the sla section declares, what it refers to, and which variables its conditions may use."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.packs.language.declarations import Names, Scope
from shared.packs.language.section import Section
from shared.packs.language.types import Path, Placed
from shared.packs.sla.model.clocks import Clock
from shared.packs.sla.model.indicators import Indicator
from shared.packs.sla.model.section import SlaSection

_CASE: Final = frozenset({"case_type", "channel"})
_MOVES: Final = ("stop", "cancel_on", "pause_on", "resume_on")


def declared(section: SlaSection) -> Names:
    """The calendars and clocks."""
    return Names(
        calendars=[(("calendars", i, "id"), calendar.id) for i, calendar in enumerate(section.calendars)],
        clocks=[(("clocks", i, "id"), clock.id) for i, clock in enumerate(section.clocks)],
    )


def referenced(section: SlaSection) -> Names:
    """Events that move clocks and count cases, calendars, approvers, case types."""
    clocks: list[tuple[Path, Clock]] = [(("clocks", i), clock) for i, clock in enumerate(section.clocks)]
    indicators: list[tuple[Path, Indicator]] = [(("indicators", i), one) for i, one in enumerate(section.indicators)]
    return Names(
        events=[
            *(((*path, *part), name) for path, clock in clocks for part, name in clock_events(clock)),
            *(((*path, *part), name) for path, one in indicators for part, name in indicator_events(one)),
        ],
        calendars=[
            *(name for path, clock in clocks for name in _calendars(path, clock)),
            *(
                ((*path, "measure", "share", "within", "calendar"), within.calendar)
                for path, indicator in indicators
                if (within := indicator.measure.within) is not None
            ),
        ],
        roles=[
            ((*path, "extension", "approver_role"), clock.extension.approver_role)
            for path, clock in clocks
            if clock.extension is not None
        ],
        case_types=[
            *(name for path, clock in clocks for name in _case_types(path, clock.case_types)),
            *(name for path, indicator in indicators for name in _case_types(path, indicator.case_types)),
        ],
    )


def scopes(_: SlaSection) -> tuple[Scope, ...]:
    """Conditions may also ask for the case's type and channel."""
    return tuple(Scope(path=(part,), roots={"case": _CASE}) for part in ("clocks", "indicators"))


def clock_events(clock: Clock) -> Iterator[Placed]:
    """The events that move a clock, with their paths in it."""
    yield ("start",), clock.start
    for field in _MOVES:
        for i, event in enumerate(getattr(clock, field)):
            yield (field, i), event
    for i, wait in enumerate(clock.pause):
        for field in ("on", "until"):
            for k, event in enumerate(getattr(wait, field)):
                yield ("pause", i, field, k), event


def indicator_events(indicator: Indicator) -> Iterator[Placed]:
    """The events that an indicator counts, with their paths in it."""
    measure = indicator.measure
    parts: tuple[tuple[str, Section | None], ...] = (
        ("average_days", measure.average_days),
        ("share", measure.share),
        ("count", measure.count),
        ("sum", measure.sum),
    )
    for part, model in parts:
        for field, shown in (("from_", "from"), ("to", "to"), ("of", "of"), ("done", "done")):
            match getattr(model, field, None):
                case str(name):
                    yield ("measure", part, shown), name
                case tuple(names):
                    yield from ((("measure", part, shown, i), name) for i, name in enumerate(names))


def _case_types(path: Path, case_types: Sequence[str]) -> Iterator[Placed]:
    for i, case_type in enumerate(case_types):
        yield (*path, "case_types", i), case_type


def _calendars(path: Path, clock: Clock) -> Iterator[Placed]:
    for i, goal in enumerate(clock.goals):
        for field in ("calendar", "roll_to", "snap_to"):
            if (name := getattr(goal, field)) is not None:
                yield (*path, "goals", i, field), name
