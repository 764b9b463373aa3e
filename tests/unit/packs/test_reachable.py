"""A pack of this repository that lint finds nothing in has no rule that cannot come to pass.

What can come to pass is worked out here from the pack alone, type by type, without asking lint.
"""

from collections.abc import Iterator

import pytest

from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import Sections
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step
from shared.packs.publishing.load import ROOT, load_pack

PACKS = sorted(folder.parent.name for folder in ROOT.glob("*/pack.yaml"))


@pytest.fixture(scope="module", params=PACKS)
def pack(request: pytest.FixtureRequest) -> Sections:
    loaded = load_pack(request.param)
    assert loaded.diagnostics == ()
    return loaded.valid()


def steps_taken(intake: IntakeSection, case_type: str) -> dict[str, Step]:
    """The steps that a case of the type can take, from its first status on, each status once."""
    taken: dict[str, Step] = {}
    statuses = {intake.case_types_by_id[case_type].initial}
    waiting = set(statuses)
    while waiting:
        status = waiting.pop()
        phase = intake.statuses_by_id[status].phase
        for step in intake.steps:
            here = phase == "open" if step.from_ == "open" else status in step.from_
            if here and case_type in (step.case_types or (case_type,)):
                taken[step.id] = step
                targets = (
                    []
                    if step.goto is None
                    else [step.goto]
                    if isinstance(step.goto, str)
                    else [b.status for b in step.goto]
                )
                waiting |= set(targets) - statuses
                statuses |= set(targets)
    return taken


def events_of(intake: IntakeSection, case_types: tuple[str, ...]) -> set[str]:
    """The milestones that cases of the types can reach, and what services publish of their own accord."""
    types = case_types or tuple(intake.case_types_by_id)
    own = {
        name if isinstance(name, str) else name.name
        for case_type in types
        for step in steps_taken(intake, case_type).values()
        for name in step.milestones
    }
    return own | {name for name, event in BY_NAME.items() if event.places}


def test_every_step_can_be_taken(pack: Sections) -> None:
    taken = {name for case_type in pack.intake.case_types_by_id for name in steps_taken(pack.intake, case_type)}
    assert taken == set(pack.intake.steps_by_id)


def test_every_status_is_reached_by_some_case(pack: Sections) -> None:
    intake = pack.intake
    reached = {case_type.initial for case_type in intake.case_types}
    for case_type in intake.case_types_by_id:
        for step in steps_taken(intake, case_type).values():
            reached |= set(step.targets())
    assert reached == set(intake.statuses_by_id)


def test_every_clock_can_start_and_stop(pack: Sections) -> None:
    for clock in pack.sla.clocks:
        known = events_of(pack.intake, clock.case_types)
        assert clock.start in known, clock.id
        assert set(clock.stop) & known, clock.id
        assert {*clock.cancel_on, *clock.pause_on, *clock.resume_on} <= known, clock.id


def test_every_indicator_counts_something(pack: Sections) -> None:
    for indicator in pack.sla.indicators:
        assert indicator.events <= events_of(pack.intake, indicator.case_types), indicator.id


def test_every_message_has_an_event_that_comes(pack: Sections) -> None:
    known = events_of(pack.intake, ())
    assert {name for rule in pack.notify.rules for name in rule.on} <= known


def test_every_document_record_and_gate_is_used_by_a_step_that_can_be_taken(pack: Sections) -> None:
    intake = pack.intake
    steps = [step for case_type in intake.case_types_by_id for step in steps_taken(intake, case_type).values()]
    assert {step.document.template for step in steps if step.document} == set(intake.documents_by_id)
    assert {step.record for step in steps if step.record} == set(intake.records_by_id)
    assert {gate for step in steps for gate in step.require if isinstance(gate, str)} == {
        gate.id for gate in intake.gates
    }


def roles_that_act(pack: Sections) -> Iterator[str]:
    """Roles that take steps, own cases, approve, sign, decide, are told or deliver."""
    intake = pack.intake
    for step in intake.steps:
        yield from step.roles
    for case_type in intake.case_types:
        yield from case_type.roles
    yield from (row.owner for row in intake.owners)
    yield from (role for row in pack.settlement.approval for role in (*row.roles, *row.instead))
    yield from (clock.extension.approver_role for clock in pack.sla.clocks if clock.extension)


def test_every_role_that_acts_is_declared(pack: Sections) -> None:
    assert set(roles_that_act(pack)) <= {role.id for role in pack.pack.roles}
