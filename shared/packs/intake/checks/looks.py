"""Looks at other cases and uniqueness: keys that no two cases have, sums of no numbers, looks that are never read."""

from collections.abc import Iterator, Mapping
from typing import Final

from shared.packs.intake.checks.fields import doubled
from shared.packs.intake.model.fields import ORDINARY_INSTANT, FactField
from shared.packs.intake.model.looks import OTHER, Look, SameCases, Unique, read_by
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.types import Path, Placed

_NO_KEY: Final = {
    "list": "lists are never equal",
    "boolean": "so many cases have it that nothing is found by it",
    "decimal": "it is written in several ways (60.5, 60.50)",
}
"""Types of facts that cannot be compared, and why."""


def same_errors(item: SameCases) -> Iterator[Placed]:
    """Keys that contradict each other."""
    if item.within is not None and item.period is not None:
        yield ("period",), "write `within` or `period`"
    for part in doubled(item.same):
        yield ("same",), f"{part} stands twice"


def look_errors(section: IntakeSection) -> Iterator[Placed]:
    """Facts by which no other case can be found, expressions over the other case that cannot be computed."""
    for path, item in _all(section):
        yield from _wrong_keys(section, item, path)
        for key, expression in _expressions(item):
            if any(variable[0] == "facts" for variable in expression.variables):
                yield (*path, key), f"sees the other case alone; write {OTHER}.facts"
            elif (failure := _failure(expression, key, _ordinary(section, item))) is not None:
                yield (*path, key), failure


def look_warnings(section: IntakeSection) -> Iterator[Placed]:
    """Looks that nothing reads; expressions that refuse everything as soon as another case lacks a fact."""
    read = read_by(section.looks, _readers(section))
    for i, look in enumerate(section.looks):
        if look not in read:
            yield ("looks", i, "id"), f"no expression reads looks.{look.id}"
    for path, item in _all(section):
        for key, expression in _expressions(item):
            yield from _fragile(section, item, (*path, key), expression)


def _all(section: IntakeSection) -> Iterator[tuple[Path, Look | Unique]]:
    yield from ((("looks", i), item) for i, item in enumerate(section.looks))
    yield from ((("unique", i), item) for i, item in enumerate(section.unique))


def _readers(section: IntakeSection) -> tuple[object, ...]:
    """The parts whose expressions may read looks."""
    parts = (section.case_types, section.facts, section.classification, section.owners, section.gates)
    return (*parts, section.steps, section.records, section.documents)


def _expressions(item: Look | Unique) -> Iterator[tuple[str, Expression]]:
    written = (("when", item.when), ("sum", item.sum)) if isinstance(item, Look) else (("among", item.among),)
    yield from ((key, expression) for key, expression in written if expression is not None)


def _wrong_keys(section: IntakeSection, item: Look | Unique, path: Path) -> Iterator[Placed]:
    known = frozenset(section.case_types_by_id)
    for j, part in enumerate(item.same):
        fact = section.facts_by_id.get(part.removeprefix("facts.")) if part.startswith("facts.") else None
        if fact is None:
            continue
        if fact.type in _NO_KEY:
            yield (*path, "same", j), f"{fact.id} is of type {fact.type}: {_NO_KEY[fact.type]}"
        elif without := _without(fact, known & frozenset(item.case_types)):
            yield (*path, "same", j), f"cases of type {', '.join(without)} have no {fact.id}"


def _without(fact: FactField, case_types: frozenset[str]) -> list[str]:
    return sorted(case_types - frozenset(fact.case_types)) if fact.case_types else []


def _ordinary(section: IntakeSection, item: Look | Unique) -> dict[str, object]:
    """Another case with everything that it may have."""
    return {
        "case_type": next(iter(item.case_types), section.case_types[0].id),
        "status": section.statuses[0].id,
        "number": "X-1",
        "received_at": ORDINARY_INSTANT,
        "milestones": ["case.registered"],
        "facts": {fact.id: fact.ordinary() for fact in section.facts},
    }


def _failure(expression: Expression, key: str, other: Mapping[str, object]) -> str | None:
    """Why it yields no number (`sum`), or neither true nor false, of such a case; None when it does."""
    try:
        if key == "sum":
            expression.decimal({OTHER: other})
        else:
            expression.holds({OTHER: other})
    except ExpressionFailed as failure:
        return f"fails with ordinary values: {_plainly(expression, key, failure.detail)}"
    return None


def _plainly(expression: Expression, key: str, detail: str) -> str:
    """What the engine says, for authors."""
    if key == "sum":
        return f"{expression.source!r} is no number"
    return f"{expression.source!r} compares values of two types" if "Opcode" in detail else detail


def _fragile(section: IntakeSection, item: Look | Unique, path: Path, expression: Expression) -> Iterator[Placed]:
    """Facts of which the absence makes it fail."""
    other, key = _ordinary(section, item), str(path[-1])
    if _failure(expression, key, other) is not None:
        return
    facts = {fact.id: fact.ordinary() for fact in section.facts}
    required = {fact.id for fact in section.facts if fact.required or fact.initial is not None}
    for name in sorted({v[2] for v in expression.variables if v[:2] == (OTHER, "facts") and len(v) > 2}):  # noqa: PLR2004
        if name in facts and name not in required:
            without = {**other, "facts": {**facts, name: None}}
            if _failure(expression, key, without) is not None:
                yield path, f"fails when {OTHER}.facts.{name} is absent; write ({OTHER}.facts.{name} ?? …)"
