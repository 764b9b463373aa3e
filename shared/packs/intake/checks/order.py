"""Readings inside a step that an author may mistake: what the step itself does is not seen by its expressions yet.

The order is that of `services/intake/workflow/rules/step.py`; AUTHORING.md describes it under "Order inside a step".
"""

from collections.abc import Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Milestone, OwnerRow, Step
from shared.packs.language.expression import Expression
from shared.packs.language.types import Path, Placed


def order_warnings(section: IntakeSection) -> Iterator[Placed]:
    """Expressions of a step that read what the step changes, as it was before."""
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, *path), message) for path, message in _set_beside(step))
        for path, expression in _decided(section, step):
            yield from ((("steps", i, *path), message) for message in _read_too_early(section, step, expression))
        for path, name, expression in _conditions(step):
            for message in _reached_here(step, name, expression):
                yield ("steps", i, *path), message


def _set_beside(step: Step) -> Iterator[Placed]:
    for name, assigned in step.set.items():
        for variable in assigned.variables:
            if variable[0] == "facts" and len(variable) > 1 and variable[1] in step.set and variable[1] != name:
                yield ("set", name), f"facts.{variable[1]} is read as it was before the step, which sets it too"


def _conditions(step: Step) -> Iterator[tuple[Path, str, Expression]]:
    """The conditions that are asked once the facts are set, with the milestone that each of them is of."""
    for j, milestone in enumerate(step.milestones):
        if isinstance(milestone, Milestone) and milestone.when is not None:
            yield ("milestones", j, "when"), milestone.name, milestone.when
    for j, branch in enumerate(step.goto if isinstance(step.goto, tuple) else ()):
        yield ("goto", j, "when"), "", branch.when
    for j, row in enumerate(step.owner if isinstance(step.owner, tuple) else ()):
        if isinstance(row, OwnerRow) and row.when is not None:
            yield ("owner", j, "when"), "", row.when
    for j, item in enumerate(step.opens):
        if item.when is not None:
            yield ("opens", j, "when"), "", item.when
    for j, each in enumerate(step.withdraws):
        if each.when is not None:
            yield ("withdraws", j, "when"), "", each.when


def _decided(section: IntakeSection, step: Step) -> Iterator[tuple[Path, Expression]]:
    """The same conditions, and what is written into the step's paper."""
    yield from ((path, expression) for path, _, expression in _conditions(step))
    template = section.documents_by_id.get(step.document.template) if step.document is not None else None
    if template is not None and step.document is not None and step.document.action in ("draft", "issue", "correct"):
        yield from ((("document", "template"), field.value) for field in template.fields)


def _read_too_early(section: IntakeSection, step: Step, expression: Expression) -> Iterator[str]:
    read = {variable[:2] for variable in expression.variables}
    if step.record is not None and ("records", step.record) in read:
        yield f"records.{step.record} has not the entry of this step yet; read input"
    if step.visit is not None and any(variable[0] == "visits" for variable in read):
        yield "visits are those from before the step; read input"
    for variable, word in expression.compared:
        if variable == ("case", "status") and word not in section.sources(step):
            yield f"case.status is that from before the step, never {word} here"


def _reached_here(step: Step, name: str, expression: Expression) -> Iterator[str]:
    for variable, word in expression.compared:
        if variable == ("milestones",) and word != name and word in step.reached():
            yield f"milestones are those from before the step, which reaches {word} itself"
