"""The intake section as a pack author meets it: what is refused when it is read, what is doubted."""

from typing import Any

import pytest

from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.registry import declared, referenced, warnings
from shared.packs.publishing.registry import scopes as scopes_of
from tests.support.sections import checked
from tests.unit.intake.builders import laigang, small, small_document, text


def section(**changes: Any) -> IntakeSection:
    return IntakeSection.parse(small_document(**changes))


def with_step(**step: Any) -> dict[str, Any]:
    base = {"id": "extra", "label": text("某"), "cite": "SK-9 1.9", "from": "open", "roles": ["clerk"]}
    return {"steps": [*small_document()["steps"], base | step]}


def a_fact(**fact: Any) -> dict[str, Any]:
    return {"facts": [*small_document()["facts"], {"id": "extra", "label": text("某"), "type": "text"} | fact]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (with_step(id="draft"), r"steps\[draft\]: duplicate id"),
        (a_fact(id="level"), r"facts\[level\]: duplicate id"),
        (a_fact(shared=True, personal=True), "personal data may not be shared"),
        (a_fact(type="choice"), "a choice needs choices"),
        (a_fact(choices=["a"]), "only a choice or a list has choices"),
        (a_fact(min="1"), "only numbers have a min and a max"),
        (a_fact(not_after="at"), "only dates and instants have a not_before and a not_after"),
        (a_fact(equals=True), "equals is for booleans"),
        (with_step(document={"template": "form", "action": "sign"}), "needs the inputs party, signer"),
        (with_step(document={"template": "form", "action": "correct"}), "needs the inputs reason"),
        (with_step(document={"template": "slip", "action": "finalise"}), "slip has no signers"),
        (with_step(document={"template": "form", "action": "issue"}), "form is signed, so it cannot be issued at once"),
        (with_step(owner={"input": "to"}), "the owner comes from an input that the step does not have"),
        ({"owners": [{"owner": "clerk", "cite": "SK-5 1.5"}, {"owner": "manager", "cite": "SK-5 1.5"}]},
         "the rows after clerk are never reached"),
        ({"owners": [{"when": "true", "owner": "clerk", "cite": "SK-5 1.5"}]}, "the last row must hold always"),
        (with_step(cite="nonsense"), "a citation is a rule's id"),
        (with_step(goto="done", surprise=1), "Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked(IntakeSection, small_document(**changes))


@pytest.mark.parametrize("number", ["A-{yyyy}", "A-{seq:0}", "A-{seq:5}-{seq:5}", "A-{week}-{seq:5}"])
def test_a_number_needs_one_counter_and_known_dates(number: str) -> None:
    types = small_document()["case_types"]
    with pytest.raises(ValueError):
        section(case_types=[types[0] | {"number": number}, types[1]])


def test_doubts_about_the_flow_are_told_with_their_place() -> None:
    statuses = [
        *small_document()["statuses"],
        {"id": "lost", "label": text("失")},
        {"id": "dead_end", "label": text("止")},
    ]
    steps = [
        *small_document()["steps"],
        {"id": "find", "label": text("找"), "cite": "SK-9 1.9", "from": ["lost"], "roles": ["clerk"], "goto": "open"},
        {
            "id": "sink",
            "label": text("沉"),
            "cite": "SK-9 1.9",
            "from": ["done"],
            "roles": ["clerk"],
            "goto": "dead_end",
        },
    ]
    plain = [step | {"from": ["open"]} if step["from"] == "open" else step for step in steps]
    assert list(warnings(section(statuses=statuses, steps=plain))) == [
        (("statuses", 3, "id"), "no step leads to lost"),
        (("statuses", 4, "id"), "no step leads out of dead_end, which is open"),
        (("steps", 8, "from"), "find can never be taken"),
    ]


def test_the_reference_pack_leaves_no_doubt() -> None:
    assert list(warnings(laigang())) == []


def test_what_a_section_declares_and_takes_for_granted() -> None:
    known, wanted = declared(small()), referenced(small())
    assert [name for _, name in known.events] == ["case.closed"]
    assert [name for _, name in known.case_types] == ["shortage", "delay"]
    assert {name for _, name in wanted.roles} == {"clerk", "manager"}
    assert {name for _, name in wanted.statuses} == {"open", "done", "filed"}
    assert {name for _, name in wanted.documents} == {"form", "slip"}
    assert [name for _, name in referenced(laigang()).events] == [
        "case.accepted", "visit.dispatched", "agreement.signed", "result_notice.issued", "case.closed", "return.booked",
        "remedy.rejected", "clock.breached",
    ]  # fmt: skip


def test_each_step_sees_its_own_input_only() -> None:
    scopes = {scope.path: scope.roots for scope in scopes_of(laigang())}
    steps = [step.id for step in laigang().steps]
    inputs = scopes["steps", steps.index("analyse")]["input"] or frozenset()
    assert set(inputs) == {"in_scope", "opinion", "needs_visit", "explanation"}
    assert "standard_ref" in (scopes["steps", steps.index("take_sample")]["input"] or ())
    assert "input" not in scopes[()]
