"""Whether the five sections of a pack fit together; asked when a pack is linted and before it is published.

Errors: a name that no section declares, a variable that does not exist, a word that a choice does not have.
Warnings: what is allowed but will surprise (an expression that fails when a fact is absent, a template never used).
All of them are found in one run; what follows only from a malformed part is not reported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Final

from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import KEYS
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.declarations import Names
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.types import Path, Placed
from shared.packs.publishing.check_events import check_events
from shared.packs.publishing.check_expressions import check_expressions
from shared.packs.publishing.check_tables import check_tables
from shared.packs.publishing.draft import Draft, DraftSection
from shared.packs.publishing.registry import declared, errors, referenced, warnings

_KIND: Final = {
    "events": "event",
    "roles": "role",
    "case_types": "case type",
    "statuses": "status",
    "steps": "step",
    "facts": "fact",
    "documents": "document",
    "records": "record",
    "calendars": "calendar",
    "clocks": "clock",
    "remedies": "remedy",
    "accounts": "account",
    "certificates": "certificate",
    "templates": "template",
    "channels": "channel",
    "gaps": "gap",
}
_DECLARED_BY: Final = {
    **dict.fromkeys(("roles", "gaps"), "pack"),
    **dict.fromkeys(("events", "case_types", "statuses", "steps", "facts", "documents", "records"), "intake"),
    **dict.fromkeys(("calendars", "clocks"), "sla"),
    **dict.fromkeys(("remedies", "accounts", "certificates"), "settlement"),
    **dict.fromkeys(("templates", "channels"), "notify"),
}
"""The section that declares the names of each kind."""
_SHOULD_BE_USED: Final = ("templates", "calendars")


def check(draft: Draft) -> list[Diagnostic]:
    """Everything that is wrong or doubtful in a pack, section by section, in the paths of its documents."""
    found = [
        *(diagnostic for part in draft.sections.values() for diagnostic in part.diagnostics),
        *(_in_document(draft, each) for each in _checked(draft)),
    ]
    return sorted(found, key=lambda diagnostic: KEYS.index(diagnostic.section))


def _checked(draft: Draft) -> Iterator[Diagnostic]:
    for key, part in draft.sections.items():
        yield from _own(key, part)
    yield from _unknown_names(draft)
    yield from _foreign_milestones(draft)
    yield from check_events(draft)
    if not draft.unreadable:
        yield from check_expressions(draft)
    if (sections := draft.whole()) is not None:
        yield from _unused(draft)
        yield from check_tables(sections)


def _in_document(draft: Draft, diagnostic: Diagnostic) -> Diagnostic:
    return replace(diagnostic, path=draft.sections[diagnostic.section].written_at(diagnostic.path))


def _own(key: str, part: DraftSection) -> Iterator[Diagnostic]:
    """What each model says about itself, where nothing of it was left out."""
    if part.section is None:
        return

    def skips(path: Path) -> bool:
        return not part.is_whole(part.written_at(path))

    yield from (_error(key, placed, code="inconsistent") for placed in errors(part.section, skips=skips))
    yield from (_warning(key, placed) for placed in warnings(part.section, skips=skips))


def _error(section: str, placed: Placed, *, code: str) -> Diagnostic:
    return Diagnostic(severity="error", code=code, section=section, path=placed[0], message=placed[1])


def _warning(section: str, placed: Placed, *, code: str = "doubtful") -> Diagnostic:
    return Diagnostic(severity="warning", code=code, section=section, path=placed[0], message=placed[1])


def _names(names: Names, kind: str) -> Iterable[Placed]:
    found: Iterable[Placed] = getattr(names, kind)
    return found


def _known(draft: Draft, kind: str) -> frozenset[str]:
    """Every name of a kind that some section declares or may declare; published events are always there."""
    own = {name for part in draft.parts.values() for _, name in _names(declared(part), kind)}
    return frozenset(own | draft.words | (frozenset(BY_NAME) if kind == "events" else frozenset()))


def _unknown_names(draft: Draft) -> Iterator[Diagnostic]:
    for kind in (field.name for field in fields(Names)):
        if _DECLARED_BY[kind] in draft.unreadable or kind in draft.uncertain:
            continue
        known = _known(draft, kind)
        for key, part in draft.parts.items():
            for path, name in _names(referenced(part), kind):
                if name not in known:
                    yield _error(key, (path, unknown(_KIND[kind], name, known=known)), code=f"unknown_{kind}")


def unknown(kind: str, name: str, *, known: Iterable[str]) -> str:
    """`no role finace; finance?`."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"no {kind} {name}; {near[0]}?" if near else f"no {kind} {name}"


def _foreign_milestones(draft: Draft) -> Iterator[Diagnostic]:
    """A step may not claim an event that a service publishes on its own account."""
    intake = draft.part("intake", IntakeSection)
    for path, name in declared(intake).events if intake is not None else ():
        if name in BY_NAME:
            message = f"{name} is published by a service; a step may not reach it"
            yield _error("intake", (path, message), code="milestone_taken")


def _unused(draft: Draft) -> Iterator[Diagnostic]:
    for kind in _SHOULD_BE_USED:
        used = {name for part in draft.parts.values() for _, name in _names(referenced(part), kind)}
        for key, part in draft.parts.items():
            for path, name in _names(declared(part), kind):
                if name not in used:
                    yield _warning(key, (path, f"{_KIND[kind]} {name} is never used"), code="unused")
