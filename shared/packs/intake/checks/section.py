"""The intake section as a whole: names within it, owners, papers, statuses and steps that are never reached."""

from collections.abc import Iterator

from shared.packs.intake.checks.balances import balance_warnings
from shared.packs.intake.checks.becoming import becoming_errors, becoming_warnings
from shared.packs.intake.checks.facts_of_types import type_errors
from shared.packs.intake.checks.links import link_errors
from shared.packs.intake.checks.looks import look_errors, look_warnings
from shared.packs.intake.checks.order import order_warnings
from shared.packs.intake.checks.samples import samples_errors
from shared.packs.intake.checks.standing import standing_section_errors, standing_warnings
from shared.packs.intake.checks.timed import recurring_errors, retention_errors, retention_warnings
from shared.packs.intake.checks.values import value_errors
from shared.packs.intake.checks.withdraws import withdraws_errors, withdraws_warnings
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import OwnerFrom, Step
from shared.packs.language.types import Path, Placed


def step_errors(step: Step) -> Iterator[Placed]:
    """Inputs that a step reads and does not ask for."""
    asked = {field.id for field in step.input}
    needs: tuple[str, ...] = ()
    if step.document is not None:
        needs = {"sign": ("party", "signer"), "correct": ("reason",)}.get(step.document.action, ())
    if missing := sorted(set(needs) - asked):
        yield ("input",), f"needs the inputs {', '.join(missing)}"
    if step.id in step.not_by_who:
        yield ("not_by_who",), "names the step itself; no person could take it twice"
    if isinstance(step.owner, OwnerFrom) and step.owner.input not in asked:
        yield ("owner", "input"), "the owner comes from an input that the step does not have"
    for j, item in enumerate(step.opens):
        if isinstance(item.once, tuple) and (unset := sorted(set(item.once) - set(item.facts))):
            yield ("opens", j, "once"), f"the linked case is not given {', '.join(unset)}"
    yield from withdraws_errors(step)


def section_errors(section: IntakeSection) -> Iterator[Placed]:
    """Names that the section does not have, tables that never or not always decide."""
    for i, step in enumerate(section.steps):
        if step.classify and not section.classification.rows:
            yield ("steps", i, "classify"), "there is no `classification`"
    yield from _inputs_twice(section)
    yield from _wrong_papers(section)
    yield from _wrong_owners(section)
    yield from value_errors(section)
    yield from type_errors(section)
    yield from becoming_errors(section)
    yield from _nobody_answers(section)
    yield from link_errors(section)
    yield from look_errors(section)
    yield from standing_section_errors(section)
    yield from recurring_errors(section)
    yield from samples_errors(section)
    yield from retention_errors(section)


def section_warnings(section: IntakeSection) -> Iterator[Placed]:
    """What is allowed but looks like a mistake."""
    yield from _unreached(section)
    yield from order_warnings(section)
    yield from becoming_warnings(section)
    yield from retention_warnings(section)
    yield from look_warnings(section)
    yield from standing_warnings(section)
    yield from balance_warnings(section)
    yield from withdraws_warnings(section)


def _inputs_twice(section: IntakeSection) -> Iterator[Placed]:
    """A step asks for its own input and for the fields of the record that it enters."""
    for i, step in enumerate(section.steps):
        record = section.records_by_id.get(step.record) if step.record else None
        if record is not None:
            own = {field.id for field in step.input}
            twice = [field.id for field in record.fields if field.id in own]
            yield from ((("steps", i, "record"), f"input {name} stands twice") for name in twice)


def _wrong_papers(section: IntakeSection) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        template = section.documents_by_id.get(step.document.template) if step.document else None
        if template is None or step.document is None:
            continue
        path: Path = ("steps", i, "document", "action")
        if step.document.action in {"sign", "finalise"} and not template.signers:
            yield path, f"{template.id} has no signers"
        if step.document.action == "issue" and template.signers:
            yield path, f"{template.id} is signed, so it cannot be issued at once"


def _wrong_owners(section: IntakeSection) -> Iterator[Placed]:
    for i, row in enumerate(section.owners[:-1]):
        if row.when is None:
            yield ("owners", i, "owner"), f"the rows after {row.owner} are never reached"
    if section.owners[-1].when is not None:
        yield ("owners", len(section.owners) - 1, "when"), "the last row must hold always"


def _nobody_answers(section: IntakeSection) -> Iterator[Placed]:
    """A machine may register a case of this type without naming a person, and no role would answer for it first."""
    machines = set(section.machine_channels)
    for i, case_type in enumerate(section.case_types):
        found = sorted(machines.intersection(case_type.channels))
        if found and case_type.first_responder is None:
            yield ("case_types", i), f"takes cases of machines ({', '.join(found)}) and names no `first_responder`"


def _names_unknown_statuses(section: IntakeSection) -> bool:
    """Whether a status is misspelt, which is an error of its own: what is reached is not known then."""
    named = {case_type.initial for case_type in section.case_types}
    for step in section.steps:
        named.update(section.sources(step), step.targets())
    return not named <= section.statuses_by_id.keys()


def _unreached(section: IntakeSection) -> Iterator[Placed]:
    """Statuses that no step reaches or leaves, steps that can never be taken."""
    if not section.steps or _names_unknown_statuses(section):
        return
    reached = {case_type.initial for case_type in section.case_types}
    while True:
        more = {t for step in section.steps if reached.intersection(section.sources(step)) for t in step.targets()}
        if more <= reached:
            break
        reached |= more
    left = {source for step in section.steps for source in section.sources(step)}
    for i, status in enumerate(section.statuses):
        if status.id not in reached:
            yield ("statuses", i, "id"), f"no step leads to {status.id}"
        if status.phase == "open" and status.id not in left:
            yield ("statuses", i, "id"), f"no step leads out of {status.id}, which is open"
    for i, step in enumerate(section.steps):
        if not reached.intersection(section.sources(step)):
            yield ("steps", i, "from"), f"{step.id} can never be taken"
