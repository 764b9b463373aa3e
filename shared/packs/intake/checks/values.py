"""Values that can never be taken: words that a choice lacks, facts that are not entered, inputs that are not given."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from shared.packs.intake.checks.fields import doubled
from shared.packs.intake.model.fields import EntryField
from shared.packs.intake.model.links import INTERNAL
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Reaction, Step
from shared.packs.language.expression import Expression
from shared.packs.language.types import Path, Placed

_TEXT: Final = re.compile(r"""\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*""")
_NUMBER: Final = re.compile(r"\s*-?[0-9]+(\.[0-9]+)?\s*")
_INPUT: Final = re.compile(r"\s*input\.(?P<name>[a-z][a-z0-9_]*)\s*")
_NO_TEXT: Final = frozenset({"boolean", "integer", "list"})
_NO_NUMBER: Final = frozenset({"boolean", "choice", "date", "instant", "list"})


def value_errors(section: IntakeSection) -> Iterator[Placed]:
    """Facts and inputs that get what they cannot hold, and those that are asked for and cannot be given."""
    facts: Mapping[str, EntryField] = section.facts_by_id
    for i, case_type in enumerate(section.case_types):
        for j, name in enumerate(case_type.requires):
            if set(case_type.channels) == {INTERNAL}:
                continue  # another case or the calendar gives the facts
            if name in section.facts_by_id and not section.facts_by_id[name].enterable:
                yield ("case_types", i, "requires", j), f"{name} is not entered (`enterable: false`)"
        yield from ((("case_types", i, "channels"), f"{name} stands twice") for name in doubled(case_type.channels))
    for i, contact in enumerate(section.contacts):
        yield from ((("contacts", i, "channels"), f"{name} stands twice") for name in doubled(contact.channels))
    for i, row in enumerate(section.classification.rows):
        yield from _wrong_values(("classification", "rows", i, "set"), row.set, facts)
    for path, given in _given_by_calendar(section):
        yield from _wrong_values(path, given, facts)
    for i, step in enumerate(section.steps):
        yield from _errors_of_step(section, step, ("steps", i))


def _given_by_calendar(section: IntakeSection) -> Iterator[tuple[Path, Mapping[str, Expression]]]:
    """Facts of the cases that are opened by the calendar and for drawn cases."""
    yield from ((("recurring", i, "facts"), item.facts) for i, item in enumerate(section.recurring))
    for i, rule in enumerate(section.samples):
        if rule.opens is not None:
            yield ("samples", i, "opens", "facts"), rule.opens.facts


def _errors_of_step(section: IntakeSection, step: Step, path: Path) -> Iterator[Placed]:
    inputs = {field.id: field for field in _inputs(section, step)}
    yield from _wrong_values((*path, "set"), step.set, section.facts_by_id)
    yield from _wrong_choices((*path, "set"), step.set, section.facts_by_id, inputs)
    for j, item in enumerate(step.opens):
        yield from _wrong_values((*path, "opens", j, "facts"), item.facts, section.facts_by_id)
    for j, reaction in enumerate(step.on):
        yield from _errors_of_reaction(reaction, inputs, (*path, "on", j, "input"))
    yield from _wrong_signers(section, step, path)


def _errors_of_reaction(reaction: Reaction, inputs: Mapping[str, EntryField], path: Path) -> Iterator[Placed]:
    for name in reaction.input:
        if name not in inputs:
            yield (*path, name), f"the step has no input {name}"
    missing = [name for name, field in inputs.items() if field.required and name not in reaction.input]
    if missing:
        yield path, f"the step needs the inputs {', '.join(missing)}"
    yield from _wrong_values(path, reaction.input, inputs)


def _wrong_signers(section: IntakeSection, step: Step, path: Path) -> Iterator[Placed]:
    """Choices of the input `party` that do not sign the paper."""
    template = section.documents_by_id.get(step.document.template) if step.document else None
    if step.document is None or step.document.action != "sign" or template is None:
        return
    parties = {signer.party for signer in template.signers}
    for i, field in enumerate(step.input):
        if field.id == "party":
            others = [name for name in field.allowed() if name not in parties]
            yield from (((*path, "input", i, "choices"), f"{name} is no party of {template.id}") for name in others)


def _wrong_values(path: Path, given: Mapping[str, Expression], fields: Mapping[str, EntryField]) -> Iterator[Placed]:
    """Literals that a field cannot hold; fields that do not exist are reported elsewhere."""
    for name, expression in given.items():
        if name in fields and (fault := _fault(fields[name], expression.source)) is not None:
            yield (*path, name), fault


def _fault(field: EntryField, source: str) -> str | None:
    if (text := _TEXT.fullmatch(source)) is not None:
        word = text["single"] if text["single"] is not None else text["double"]
        if field.type in _NO_TEXT:
            return f"{field.id} is of type {field.type} and never the text {word!r}"
        return f"{field.id} is never {word!r}" if field.type == "choice" and word not in field.allowed() else None
    if source.strip() in ("true", "false") and field.type != "boolean":
        return f"{field.id} is of type {field.type} and never {source.strip()}"
    if _NUMBER.fullmatch(source) and field.type in _NO_NUMBER:
        return f"{field.id} is of type {field.type} and never a number"
    return None


def _wrong_choices(
    path: Path, given: Mapping[str, Expression], facts: Mapping[str, EntryField], inputs: Mapping[str, EntryField]
) -> Iterator[Placed]:
    """An input that may be what the fact it becomes may not."""
    for name, expression in given.items():
        source = _INPUT.fullmatch(expression.source)
        field, fact = inputs.get(source["name"]) if source is not None else None, facts.get(name)
        if field is None or fact is None or field.type != "choice" or fact.type != "choice":
            continue
        others = [choice for choice in field.allowed() if choice not in fact.allowed()]
        if others:
            yield (*path, name), f"input.{field.id} may be {', '.join(others)}, which the fact {name} may not"


def _inputs(section: IntakeSection, step: Step) -> tuple[EntryField, ...]:
    """What the step asks for; a kind of record that does not exist is reported elsewhere."""
    kind = section.records_by_id.get(step.record) if step.record else None
    return (*step.input, *(kind.fields if kind is not None else ()))
