"""Whether the five sections of a pack fit together; asked when a pack is linted and before it is published.

Errors: a name that nobody declares, a variable that does not exist, a word that a choice does not have.
Warnings: what is allowed but will surprise (an expression that fails when a fact is absent, a template nobody uses).
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from difflib import get_close_matches
from typing import Final

from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import KEYS, Sections
from shared.packs.language.declarations import Names
from shared.packs.language.diagnostics import Finding
from shared.packs.language.section import Section
from shared.packs.language.types import Placed
from shared.packs.publishing.check_events import check_events
from shared.packs.publishing.check_expressions import check_expressions
from shared.packs.publishing.check_tables import check_promises

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
_SHOULD_BE_USED: Final = ("templates", "calendars")


def check(sections: Sections) -> list[Finding]:
    """Everything that is wrong or doubtful across `sections`, section by section."""
    parts = {key: part for key in KEYS if isinstance(part := getattr(sections, key), Section)}
    findings = [
        *_own(parts),
        *_unknown_names(parts),
        *_foreign_milestones(sections),
        *check_events(sections),
        *_unused(parts),
        *check_expressions(sections),
        *check_promises(sections),
    ]
    return sorted(findings, key=lambda finding: KEYS.index(finding.section))


def _own(parts: dict[str, Section]) -> Iterator[Finding]:
    """What each section says about itself."""
    for key, part in parts.items():
        yield from (_error(key, name, code="inconsistent") for name in part.faults())
        yield from (_warning(key, name) for name in part.findings())


def _error(section: str, name: Placed, *, code: str) -> Finding:
    return Finding(severity="error", code=code, section=section, path=name[0], message=name[1])


def _warning(section: str, name: Placed, *, code: str = "doubtful") -> Finding:
    return Finding(severity="warning", code=code, section=section, path=name[0], message=name[1])


def _names(names: Names, kind: str) -> Iterable[Placed]:
    found: Iterable[Placed] = getattr(names, kind)
    return found


def declared(parts: Iterable[Section], kind: str) -> frozenset[str]:
    """Every name of a kind that some section declares; published events are always there."""
    own = {name for part in parts for _, name in _names(part.declares(), kind)}
    return frozenset(own | BY_NAME.keys()) if kind == "events" else frozenset(own)


def _unknown_names(parts: dict[str, Section]) -> Iterator[Finding]:
    for kind in (field.name for field in fields(Names)):
        known = declared(parts.values(), kind)
        for key, part in parts.items():
            for path, name in _names(part.references(), kind):
                if name not in known:
                    yield _error(key, (path, unknown(_KIND[kind], name, known=known)), code=f"unknown_{kind}")


def unknown(kind: str, name: str, *, known: Iterable[str]) -> str:
    """`no role finace; finance?`."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"no {kind} {name}; {near[0]}?" if near else f"no {kind} {name}"


def _foreign_milestones(sections: Sections) -> Iterator[Finding]:
    """A step may not claim an event that a service publishes on its own account."""
    for path, name in sections.intake.declares().events:
        if name in BY_NAME:
            message = f"{name} is published by a service; a step may not reach it"
            yield _error("intake", (path, message), code="milestone_taken")


def _unused(parts: dict[str, Section]) -> Iterator[Finding]:
    for kind in _SHOULD_BE_USED:
        used = {name for part in parts.values() for _, name in _names(part.references(), kind)}
        for key, part in parts.items():
            for path, name in _names(part.declares(), kind):
                if name not in used:
                    yield _warning(key, (path, f"{_KIND[kind]} {name} is never used"), code="unused")
