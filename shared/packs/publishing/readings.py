"""Other readings of what a source leaves open: the value that a gap names, put in the place of the one in the files.

A gap's `where` is a path of a document: `sla.clocks[departure].goals[usual].duration`; in brackets stands the id of an
item of a list (of a gap its `ref`), or its place from 0.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any, Final

from shared.packs.documents import KEYS, Documents
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.pack.model import Alternative, Gap, PackSection
from shared.packs.publishing.check import check
from shared.packs.publishing.draft import draft_of

_STEP: Final = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[([A-Za-z0-9_.-]+)\]")


class ReadingUnknown(ValueError):
    """There is no such gap, alternative, or place; the message says which are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a pack would be with one alternative: the errors that publication would tell."""

    gap: Gap
    alternative: Alternative
    errors: tuple[Diagnostic, ...]


def value_at(documents: Documents, where: str) -> object:
    """What the files have at a path of a gap; None for a key that is left out. Raises ReadingUnknown."""
    holder, place = _holder(documents, where)
    return holder.get(place) if isinstance(holder, Mapping) else holder[place]


def with_readings(documents: Documents, pack: PackSection, chosen: Mapping[str, str]) -> Documents:
    """The documents with the alternatives that `chosen` names by the gap's ref; the gaps tell the reading then.

    Raises ReadingUnknown.
    """
    changed: dict[str, Any] = deepcopy(dict(documents))
    for ref, name in chosen.items():
        gap = _named(pack.gaps, ref, "gap", key="ref")
        alternative = _named(gap.alternatives, name, f"alternative of {ref}", key="id")
        holder, place = _holder(changed, gap.where or "")
        holder[place] = deepcopy(alternative.value)
        written = _child(changed["pack"]["gaps"], ref, "pack.gaps")
        written |= {"reading": asdict(alternative.reading), "chosen": name}
    return changed


def tried(documents: Documents, pack: PackSection) -> list[Tried]:
    """Every alternative of every gap, each put in alone and checked as at publication."""
    return [
        Tried(gap=gap, alternative=each, errors=tuple(_errors(with_readings(documents, pack, {gap.ref: each.id}))))
        for gap in pack.gaps
        for each in gap.alternatives
    ]


def _errors(documents: Documents) -> list[Diagnostic]:
    return [each for each in check(draft_of(documents)) if each.severity == "error"]


def _holder(documents: Documents, where: str) -> tuple[Any, Any]:
    """The map or list that a path ends in, with the key or index there; a key of a map may be left out."""
    steps = [match[1] or match[2] for match in _STEP.finditer(where)]
    if "".join(match[0] for match in _STEP.finditer(where)) != where or not steps[1:] or steps[0] not in KEYS:
        raise ReadingUnknown(f"{where!r} is no path: write sla.clocks[reply].goals[usual].duration")
    *parents, last = steps
    holder: Any = documents
    for step in parents:
        holder = _child(holder, step, where)
    place = _place(holder, last)
    if place is None and isinstance(holder, dict):
        return holder, last
    if place is None:
        raise ReadingUnknown(f"there is no {last} at {where}")
    return holder, place


def _child(thing: object, step: str, where: str) -> Any:
    place = _place(thing, step)
    if place is None:
        raise ReadingUnknown(f"there is no {step} at {where}")
    return thing[place]  # type: ignore[index]


def _place(thing: object, step: str) -> Any:
    """The key or index of a step in a map or list; None when there is none."""
    match thing:
        case Mapping():
            return step if step in thing else None
        case list():
            named = (i for i, item in enumerate(thing) if isinstance(item, Mapping) and step in _names(item))
            return next(named, int(step) if step.isdecimal() and int(step) < len(thing) else None)
        case _:
            return None


def _names(item: Mapping[str, Any]) -> Sequence[object]:
    return [item.get(key) for key in ("id", "ref", "name", "relation") if key in item]


def _named(items: Sequence[Any], name: str, what: str, *, key: str) -> Any:
    found = next((item for item in items if getattr(item, key) == name), None)
    if found is None:
        known = ", ".join(getattr(item, key) for item in items) or "none"
        raise ReadingUnknown(f"no {what} {name}; known: {known}")
    return found
