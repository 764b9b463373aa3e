"""Whether the five sections of a pack fit together; asked when a pack is linted and before it is published.

Errors: a name that no section declares, a variable that does not exist, a word that a choice does not have.
Warnings: what is allowed but will surprise (an expression that fails when a fact is absent, a template never used).
All of them are found in one run; what follows only from a malformed part is not reported.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Final

from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import KEYS
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.declarations import Names
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.expression_calls import calls
from shared.packs.language.expressions_in import expressions
from shared.packs.language.types import Placed
from shared.packs.pack.model import PackSection
from shared.packs.publishing.check_amounts import check_amounts
from shared.packs.publishing.check_events import check_events
from shared.packs.publishing.check_expressions import check_expressions
from shared.packs.publishing.check_keys import check_keys
from shared.packs.publishing.check_placeholders import check_placeholders
from shared.packs.publishing.check_tables import check_tables
from shared.packs.publishing.check_texts import check_texts
from shared.packs.publishing.check_units import check_units
from shared.packs.publishing.check_withdrawals import check_withdrawals
from shared.packs.publishing.check_work import check_work
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.faults import MISSING_KEY
from shared.packs.publishing.names import KIND, known_names, missing_lists, placed, unknown, unknown_names
from shared.packs.publishing.registry import declared, errors, referenced, warnings

_SHOULD_BE_USED: Final = ("templates", "calendars")


def check(draft: Draft) -> list[Diagnostic]:
    """Everything that is wrong or doubtful in a pack, section by section, in the paths of its documents."""
    found = [
        *(diagnostic for part in draft.sections.values() for diagnostic in part.diagnostics),
        *_consistent(draft),
    ]
    return sorted(found, key=lambda diagnostic: KEYS.index(diagnostic.section))


def shape_without_base(draft: Draft) -> list[Diagnostic]:
    """What is malformed in a pack whose base cannot be read; what is missing may stand there."""
    found = [diagnostic for part in draft.sections.values() for diagnostic in part.diagnostics]
    return [diagnostic for diagnostic in found if diagnostic.message != MISSING_KEY]


def _consistent(draft: Draft) -> list[Diagnostic]:
    """What is wrong between well-formed parts; not what is said only because of a stand-in for a malformed one."""
    found = _checked(draft)
    if draft.otherwise is None:
        return found
    otherwise = set(_checked(draft.otherwise))
    return [diagnostic for diagnostic in found if diagnostic in otherwise]


def _checked(draft: Draft) -> list[Diagnostic]:
    return [
        replace(diagnostic, path=path)
        for diagnostic in _said(draft)
        for part in [draft.sections[diagnostic.section]]
        if part.is_as_written(path := part.written_at(diagnostic.path))
        and not (diagnostic.code == "inconsistent" and part.is_list_in_doubt(path))
    ]


def _said(draft: Draft) -> Iterator[Diagnostic]:
    found = list(_said_of_parts(draft))
    yield from found
    if (sections := draft.whole()) is not None:
        yield from _unused(draft)
        yield from check_placeholders(sections)
        wrong = {(each.section, each.path[:2]) for each in found if each.severity == "error"}
        doubtful = (*_uncalled(sections.pack, draft), *check_tables(sections))
        yield from (each for each in doubtful if (each.section, each.path[:2]) not in wrong)


def _said_of_parts(draft: Draft) -> Iterator[Diagnostic]:
    for key, section in draft.parts.items():
        yield from (_error(key, placed, code="inconsistent") for placed in errors(section))
        if not draft.sections[key].touched:
            yield from (_warning(key, placed) for placed in warnings(section))
    yield from _unknown_names(draft)
    yield from _foreign_milestones(draft)
    yield from check_events(draft)
    yield from check_work(draft)
    yield from check_keys(draft)
    yield from check_withdrawals(draft)
    if not draft.unreadable:
        yield from check_expressions(draft)
        yield from check_texts(draft)
        yield from check_amounts(draft)
        yield from check_units(draft)


def _error(section: str, placed: Placed, *, code: str) -> Diagnostic:
    return Diagnostic(severity="error", code=code, section=section, path=placed[0], message=placed[1])


def _warning(section: str, placed: Placed, *, code: str = "doubtful") -> Diagnostic:
    return Diagnostic(severity="warning", code=code, section=section, path=placed[0], message=placed[1])


def _unknown_names(draft: Draft) -> Iterator[Diagnostic]:
    missing = missing_lists(draft)
    for kind in (field.name for field in fields(Names)):
        if kind in missing:
            section, at, name = missing[kind]
            message = f"missing: {KIND[kind]} {name} is named in this pack, and others, and none is declared here"
            yield _error(section, ((at,), message), code=f"unknown_{kind}")
            continue
        known = known_names(draft, kind)
        for key, path, name in unknown_names(draft, kind):
            yield _error(key, (path, unknown(KIND[kind], name, known=known)), code=f"unknown_{kind}")


def _foreign_milestones(draft: Draft) -> Iterator[Diagnostic]:
    """A step may not claim an event that a service publishes on its own account."""
    intake = draft.part("intake", IntakeSection)
    for path, name in declared(intake).events if intake is not None else ():
        if name in BY_NAME:
            message = f"{name} is published by a service; a step may not reach it"
            yield _error("intake", (path, message), code="milestone_taken")


def _unused(draft: Draft) -> Iterator[Diagnostic]:
    """Names that are declared in vain; not of a kind of which a name is misspelt, so that it only looks unused."""
    for kind in _SHOULD_BE_USED:
        if unknown_names(draft, kind):
            continue
        used = {name for part in draft.parts.values() for _, name in placed(referenced(part), kind)}
        for key, part in draft.parts.items():
            unused = [(path, name) for path, name in placed(declared(part), kind) if name not in used]
            if not used and len(unused) > 1:
                yield _warning(key, ((kind,), f"none of the {kind} is ever used"), code="unused")
                continue
            for path, name in unused:
                yield _warning(key, (path, f"{KIND[kind]} {name} is never used"), code="unused")


def _uncalled(pack: PackSection, draft: Draft) -> Iterator[Diagnostic]:
    """Definitions and tables that no expression calls."""
    sources = (expression.source for part in draft.parts.values() for _, expression in expressions(part))
    named = [(("define", i, "id"), f"definition {each.id}", each.id) for i, each in enumerate(pack.define)]
    named += [(("tables", i, "id"), f"table {each.id}", each.id) for i, each in enumerate(pack.tables)]
    called = {name for source in sources for name, _ in calls(source, {name for *_, name in named})}
    for path, what, name in named:
        if name not in called:
            yield _warning("pack", (path, f"{what} is never called"), code="unused")
