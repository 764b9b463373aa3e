"""Whether each event that a pack names can have an effect where it is named, as the catalogue of events says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.contracts.catalogue import BY_NAME, CLOCK_PLACES, OF_STEPS, Event, Place
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.expression_tokens import ELEMENT, Variable
from shared.packs.language.expressions_in import expressions
from shared.packs.language.types import Path
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.means import Means
from shared.packs.publishing.registry import declared, referenced

_CLOCK: Final[Mapping[str, Place]] = {
    "start": Place.CLOCK_START,
    "stop": Place.CLOCK_STOP,
    "cancel_on": Place.CLOCK_CANCEL,
    "pause_on": Place.CLOCK_PAUSE,
    "resume_on": Place.CLOCK_RESUME,
    "on": Place.CLOCK_PAUSE,
    "until": Place.CLOCK_RESUME,
}
"""By the field of a clock, or of one of its `pause`."""

_BEFORE_REGISTRATION: Final = frozenset({"case_types", "classification", "owners"})
"""Parts of the intake section whose expressions are evaluated while a case is registered."""

_VARIABLES: Final[Mapping[tuple[str, str, str], Place]] = {
    ("intake", "milestones", "milestones"): Place.GATE,
    ("intake", "parent", "milestones"): Place.LINKED_GATE,
    ("intake", "other", "milestones"): Place.LINKED_GATE,
    ("intake", "event", "milestones"): Place.LINKED_GATE,
    ("intake", "event", "milestone"): Place.LINKED_REACTION,
    ("settlement", "milestones", "milestones"): Place.SETTLEMENT_GATE,
    ("notify", "case", "milestones"): Place.RULE_CONDITION,
    ("notify", "event", "milestones"): Place.RULE_STEP,
}
"""Variables that hold milestones, by section, first and last part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """An event's name in a pack."""

    section: str
    path: Path
    place: Place
    name: str


def check_events(draft: Draft) -> Iterator[Diagnostic]:
    """An error for every known event at a place where it never has an effect; unknown names are reported elsewhere."""
    of_steps = {name for part in draft.parts.values() for _, name in declared(part).events}
    means = Means(draft)
    for named in (*_listed(draft), *_compared(draft)):
        message = _fault(named, is_of_step=named.name in of_steps) or _never(means, named)
        if message is not None:
            yield Diagnostic(
                severity="error", code="event_has_no_effect", section=named.section, path=named.path, message=message
            )


def _fault(named: _Named, *, is_of_step: bool) -> str | None:
    event = BY_NAME.get(named.name)
    if event is not None:
        return None if named.place in event.places else _without_effect(event, named.place)
    if is_of_step and named.place not in OF_STEPS:
        return f"{named.name} has no effect at {named.place}: a step of the pack reaches it; {_INSTEAD[named.place]}"
    return None


def _never(means: Means, named: _Named) -> str | None:
    """Why the event does not happen in this pack, to the cases that the place is about."""
    if named.place is Place.REGISTRATION:
        return None
    why = means.lacking(named.name, case_types=means.case_types_at(named.section, named.path, named.place))
    return None if why is None else f"{named.name} has no effect at {named.place}: it never happens, because {why}"


_INSTEAD: Final[Mapping[Place, str]] = {
    Place.REACTION: "name the `relation` of the case that reaches it",
    Place.REGISTRATION: "a case has reached nothing before it is registered",
}


def _without_effect(event: Event, place: Place) -> str:
    parts = [f"{event.name} has no effect at {place}"]
    if event.advice is not None:
        parts.append(event.advice)
    if event.places:
        parts.append(f"it may be named at {shown(event.places)}")
    return "; ".join(parts)


def shown(places: frozenset[Place]) -> str:
    """The places in words; those of a clock as one where all of them are meant."""
    whole = places >= CLOCK_PLACES
    rest = places - CLOCK_PLACES if whole else places
    return ", ".join([*(["a clock"] if whole else []), *(place.value for place in Place if place in rest)])


def _listed(draft: Draft) -> Iterator[_Named]:
    """The names in fields that hold an event's name."""
    for key, part in draft.parts.items():
        for path, name in referenced(part).events:
            yield _Named(section=key, path=path, place=_place(draft, key, path), name=name)


def _place(draft: Draft, key: str, path: Path) -> Place:
    match (key, *path):
        case ("sla", "clocks", _, "pause", _, str(field), _) | ("sla", "clocks", _, str(field), *_):
            return _CLOCK[field]
        case ("sla", "indicators", *_):
            return Place.INDICATOR
        case ("intake", "recurring" | "samples", *_):
            return Place.SAMPLE
        case ("intake", "retention" | "evidence_retention" | "visible_to_customer" as part, *_):
            return Place.GATE if part == "visible_to_customer" else Place.RETENTION
        case ("intake", "steps", int(step), "on", int(reaction), _):
            intake = draft.part("intake", IntakeSection)
            linked = intake is not None and intake.steps[step].on[reaction].relation is not None
            return Place.LINKED_REACTION if linked else Place.REACTION
        case ("notify", "rules", *_):
            return Place.RULE
        case _:
            raise LookupError(f"no place of events: {key}.{path}")


def _compared(draft: Draft) -> Iterator[_Named]:
    """The names that expressions look for among milestones."""
    for key, part in draft.parts.items():
        for path, expression in expressions(part):
            for variable, name in expression.compared:
                place = _milestones(key, path, variable)
                if place is not None:
                    yield _Named(section=key, path=path, place=place, name=name)


def _milestones(key: str, path: Path, variable: Variable) -> Place | None:
    """The place of a name that is compared with `variable`; None for a variable that holds no milestones."""
    held = variable[:-1] if variable[-1] == ELEMENT else variable
    if not held:
        return None
    root = "parent" if held[0] == "links" else held[0]
    place = _VARIABLES.get((key, root, held[-1]))
    if place is Place.GATE and path[0] in _BEFORE_REGISTRATION:
        return Place.REGISTRATION
    return Place.SAMPLE if place is Place.GATE and path[0] in ("recurring", "samples") else place
