"""Standing facts: subjects that are not named, values that contradict their type, names that are read as two types."""

from collections.abc import Iterator, Mapping

from shared.packs.intake.checks.fields import can_be, field_errors
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import StandingFact, standing_read_by
from shared.packs.language.types import Placed


def standing_errors(fact: StandingFact) -> Iterator[Placed]:
    """A key that is missing, choices or a default that the type does not take."""
    yield from field_errors(fact.field)
    if fact.key is None and fact.of != "customer":
        yield ("of",), f"write `key`: which {fact.of} it is, for example facts.{fact.of}"
    if fact.otherwise is not None and not _takes(fact):
        yield ("otherwise",), f"{_shown(fact.otherwise)} is no value of type {fact.type}"


def _takes(fact: StandingFact) -> bool:
    if isinstance(fact.otherwise, tuple):
        allowed = fact.field.allowed()
        return fact.type == "list" and all(not allowed or item in allowed for item in fact.otherwise)
    return can_be(fact.field, fact.otherwise)


def _shown(value: object) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(str(value))


def standing_section_errors(section: IntakeSection) -> Iterator[Placed]:
    """One name of one kind of subject that is read as values of two types; limits that read another day's value."""
    yield from _own_days(section)
    first: dict[tuple[str, str], StandingFact] = {}
    for i, fact in enumerate(section.standing):
        other = first.setdefault((fact.of, fact.recorded_name), fact)
        if _grammar(other) != _grammar(fact):
            path = ("standing", i, "type" if other.type != fact.type else "choices")
            yield path, f"{fact.recorded_name} of the {fact.of} has other values in standing[{other.id}]"


def _own_days(section: IntakeSection) -> Iterator[Placed]:
    """Limits, and what moves on, that read a standing fact as of a day of its own: they read what holds in a period."""
    own_day = tuple(fact for fact in section.standing if fact.as_of is not None)
    for i, balance in enumerate(section.balances):
        for key in ("limit", "carry_over"):
            for fact in standing_read_by(own_day, [getattr(balance, key)]):
                message = f"reads what holds in its period; standing.{fact.id} has `as_of`: declare another without it"
                yield ("balances", i, key), message


def _grammar(fact: StandingFact) -> Mapping[str, object]:
    return {"type": fact.type, "choices": frozenset(fact.field.allowed())}


def standing_warnings(section: IntakeSection) -> Iterator[Placed]:
    """Standing facts that nothing reads, and those that the classification reads before it has said whose they are."""
    yield from _read_too_early(section)
    parts = (section.case_types, section.facts, section.classification, section.owners, section.gates)
    read = standing_read_by(
        section.standing, (*parts, section.steps, section.records, section.documents, section.balances)
    )
    for i, fact in enumerate(section.standing):
        if fact not in read:
            yield ("standing", i, "id"), f"no expression reads standing.{fact.id}"


def _read_too_early(section: IntakeSection) -> Iterator[Placed]:
    """Standing facts are read once, before the classification: what it sets changes neither their key nor their day."""
    set_there = {name for row in section.classification.rows for name in row.set}
    read_there = standing_read_by(section.standing, (section.classification,))
    for i, fact in enumerate(section.standing):
        if fact not in read_there:
            continue
        for field, expression in (("key", fact.key), ("as_of", fact.as_of)):
            read = expression.variables if expression is not None else ()
            names = [variable[1] for variable in read if variable[0] == "facts" and len(variable) > 1]
            for name in sorted(set_there.intersection(names)):
                early = f"the classification reads standing.{fact.id} before it sets facts.{name}"
                yield ("standing", i, field), f"{early}: ask for it at registration"
