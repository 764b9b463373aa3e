"""Which inputs the expressions of each place of the section see."""

from collections.abc import Sequence

from shared.packs.intake.model.fields import EntryField
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step
from shared.packs.language.types import Path


def entered(section: IntakeSection, path: Path) -> list[EntryField] | None:
    """The inputs that an expression at `path` sees; None where there are none, or a misspelt name hides them."""
    match path:
        case ("steps", int(i), *_):
            return _asked_by(section, [section.steps[i]])
        case ("gates", int(i), *_):
            named = {gate.id for gate in section.gates}
            if any(isinstance(gate, str) and gate not in named for step in section.steps for gate in step.require):
                return None
            return _asked_by(section, [step for step in section.steps if section.gates[i].id in step.require])
        case ("records", int(i), *_):
            return list(section.records[i].fields)
        case ("contacts", int(i), *_):
            return [*section.every_contact.fields, *section.contacts[i].fields]
        case _:
            return None


def _asked_by(section: IntakeSection, steps: Sequence[Step]) -> list[EntryField] | None:
    if any(step.record is not None and step.record not in section.records_by_id for step in steps):
        return None
    return [field for step in steps for field in section.fields_of(step)]


def of_paper(section: IntakeSection, template: str) -> frozenset[str] | None:
    """The inputs of the steps that make a paper; None when a step names one that does not exist."""
    making = [step for step in section.steps if step.document is not None]
    papers = {step.document.template for step in making if step.document is not None}
    if not papers <= section.documents_by_id.keys():
        return None
    inputs = (step.input for step in making if step.document and step.document.template == template)
    return frozenset(field.id for fields in inputs for field in fields)


def ids_of(fields: Sequence[EntryField] | None) -> frozenset[str] | None:
    """Their names; None where they are not known."""
    return None if fields is None else frozenset(field.id for field in fields)
