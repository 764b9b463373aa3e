"""A step after which the case is of another type: what it keeps, what it loses, what the new type asks of it."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake.cases.rules.case import FormerType
from services.intake.copies.rules import RemedyCopy
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.errors import GateRefused, InputRefused
from services.intake.workflow.announce import announced
from services.intake.workflow.rules.available import next_steps
from services.intake.workflow.rules.errors import RemediesUndecided, StepUnknown
from services.intake.workflow.rules.permit import find
from services.intake.workflow.rules.step import StepResult
from shared.contracts.intake import CaseAdvancedV1
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.registry import errors, warnings
from tests.unit.intake.builders import CLERK, NOW, a_small_case, attempt, small_document, taken, text

FACTS = [
    {"id": "late_by", "label": text("延误天数"), "type": "integer", "required": True, "case_types": ["delay"]},
    {"id": "room", "label": text("仓位"), "type": "text", "initial": "main", "case_types": ["delay"]},
    {"id": "colour", "label": text("颜色"), "type": "text", "case_types": ["shortage"], "shared": True},
    {"id": "note", "label": text("备注"), "type": "text"},
]
BECOME: dict[str, Any] = {
    "id": "become_delay",
    "label": text("改为延误"),
    "cite": "SK-20 3.1",
    "case_types": ["shortage"],
    "from": ["open"],
    "roles": ["clerk"],
    "input": [{"id": "late_by", "label": text("延误天数"), "type": "integer"}],
    "set": {"late_by": "input.late_by"},
    "becomes": "delay",
}
STRICT = {"that": "facts.late_by > 1", "code": "not_late", "cite": "SK-21 3.2", "message": text("未延误")}
ROWS = [
    {"when": "case.case_type == 'delay' and facts.late_by > 5", "set": {"level": "'high'"}, "cite": "SK-4 1.4"},
    {"when": "true", "set": {"level": "'low'"}, "cite": "SK-4 1.4"},
]
PLACE = ("steps", 8, "becomes")


def section(*, of_delay: dict[str, Any] | None = None, **changes: Any) -> IntakeSection:
    """The small section with the step `become_delay`; `of_delay` changes the type that the case becomes."""
    whole = small_document()
    types = [kind | (of_delay or {} if kind["id"] == "delay" else {}) for kind in whole["case_types"]]
    return IntakeSection.parse(
        whole
        | {
            "case_types": types,
            "facts": [*whole["facts"], *FACTS],
            "classification": {"mode": "first", "rows": ROWS},
            "steps": [*whole["steps"], BECOME | changes],
        }
    )


def a_shortage(**changes: Any) -> Dossier:
    case = a_small_case()
    facts = {**case.facts, "missing_pieces": 3, "level": "low", "colour": "red", "note": "wet"}
    return Dossier(case=replace(case, facts=facts), **changes)


def became(late_by: int | None = 2, *, rules: IntakeSection | None = None, **changes: Any) -> StepResult:
    step = attempt("become_delay", {"late_by": late_by}, by=CLERK)
    return taken(a_shortage(), step, rules or section(**changes))


def test_the_case_keeps_its_number_and_remembers_its_former_type() -> None:
    before, step = a_shortage().case, became()

    assert (step.case.case_type, step.case.number, step.case.version) == ("delay", before.number, before.version + 1)
    assert step.case.former_types == (FormerType(case_type="shortage", until=step.at, step="become_delay"),)
    assert (step.case.owner, step.case.first_responder) == (before.owner, before.first_responder)
    assert step.became_from == "shortage"


def test_facts_of_the_former_type_are_left_those_of_both_kept_and_those_of_the_new_one_begin() -> None:
    step = became()

    assert step.case.facts == {
        "missing_pieces": 3, "level": "low", "late_by": 2, "room": "main", "colour": None, "note": "wet",
    }  # fmt: skip
    assert step.facts_left == {"colour": "red"}


@pytest.mark.parametrize(("late_by", "level"), [(5, "low"), (6, "high")])
def test_the_case_is_classified_anew_as_one_of_the_new_type(late_by: int, level: str) -> None:
    assert became(late_by).case.facts["level"] == level


def test_what_the_new_type_requires_is_refused_where_it_is_missing() -> None:
    with pytest.raises(InputRefused) as refused:
        became(None)
    assert (refused.value.code, refused.value.fields) == ("input_missing", {"late_by": "missing"})
    assert refused.value.cite == "SK-20 3.1"


def test_what_is_required_under_a_condition_is_judged_by_the_facts_as_the_step_leaves_them() -> None:
    reason = {"id": "reason", "label": text("原因"), "type": "text", "required_when": "facts.late_by > 3",
              "case_types": ["delay"], "code": "reason_required", "cite": "SK-22 3.3"}  # fmt: skip
    rules = section()
    whole = rules.model_copy(
        update={"facts": (*rules.facts, IntakeSection.parse(small_document(facts=[reason])).facts[0])}
    )

    assert became(3, rules=whole).case.facts["reason"] is None
    with pytest.raises(InputRefused) as refused:
        became(4, rules=whole)
    assert (refused.value.code, refused.value.cite) == ("reason_required", "SK-22 3.3")


def test_the_gates_of_the_new_type_hold_for_the_case_as_classified() -> None:
    rules = section(of_delay={"require": [STRICT, STRICT | {"that": "facts.level == 'low'", "code": "too_high"}]})

    assert became(2, rules=rules).case.case_type == "delay"
    for late_by, code in ((1, "not_late"), (6, "too_high")):
        with pytest.raises(GateRefused) as refused:
            became(late_by, rules=rules)
        assert (refused.value.code, refused.value.cite) == (code, "SK-21 3.2")


def test_conditions_after_the_facts_see_the_new_type_and_set_sees_the_former_one() -> None:
    step = became(
        set={"late_by": "case.case_type == 'shortage' ? 7 : 8"},
        milestones=[
            {"name": "delay.began", "when": "case.case_type == 'delay'"},
            {"name": "shortage.stays", "when": "case.case_type == 'shortage'"},
        ],
        owner=[{"when": "case.case_type == 'delay'", "owner": "manager", "cite": "SK-5 1.5"}],
        goto=[{"when": "case.case_type == 'delay'", "status": "done"}],
    )

    assert step.case.facts["late_by"] == 7
    assert [reached.name for reached in step.reached] == ["delay.began"]
    assert (step.case.owner, step.case.status) == ("manager", "done")


def test_the_event_says_the_type_before_and_after() -> None:
    rules = section()
    (event,) = announced(became(rules=rules), section=rules)

    assert isinstance(event.data, CaseAdvancedV1)
    assert (event.data.previous_case_type, event.data.case_type) == ("shortage", "delay")
    assert event.data.facts == {"missing_pieces": 3, "colour": None}

    (other,) = announced(taken(a_shortage(), attempt("issue", {}, by=CLERK), rules), section=rules)
    assert isinstance(other.data, CaseAdvancedV1)
    assert (other.data.previous_case_type, other.data.case_type) == (None, "shortage")


def test_from_then_on_the_steps_are_those_of_the_new_type() -> None:
    rules = section()
    assert find(rules, "draft", case_type="shortage").id == "draft"
    with pytest.raises(StepUnknown):
        find(rules, "draft", case_type=became(rules=rules).case.case_type)


def remedy(state: str) -> RemedyCopy:
    return RemedyCopy(
        remedy_id="r-1", remedy="refund", mode="money", state=state, amount_minor=100, currency="CNY", quantity=None,
        unit=None, returned=None, released=None, cite="SK-30 4.1", at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["offered", "accepted", "approved", "payout_requested", "in_doubt", "failed"])
def test_a_case_with_a_remedy_that_is_open_keeps_its_type(state: str) -> None:
    dossier = a_shortage(remedies=(remedy(state),), as_of=("remedy/r-1@3",))
    with pytest.raises(RemediesUndecided) as refused:
        taken(dossier, attempt("become_delay", {"late_by": 2}, by=CLERK), section())
    assert refused.value.cite == "SK-20 3.1"
    assert refused.value.fields == {"remedies": ["r-1"], "as_of": ["remedy/r-1@3"]}


@pytest.mark.parametrize("state", ["quoted", "executed", "rejected", "declined", "expired"])
def test_one_that_is_only_quoted_or_ended_does_not_hold_it(state: str) -> None:
    dossier = a_shortage(remedies=(remedy(state),))
    assert taken(dossier, attempt("become_delay", {"late_by": 2}, by=CLERK), section()).became_from == "shortage"


def test_the_case_page_foresees_the_refusal() -> None:
    rules, dossier = section(), a_shortage(remedies=(remedy("accepted"),))
    offers = {offer.step.id: offer.refusal for offer in next_steps(dossier, rules, actor=CLERK, seen={})}
    assert isinstance(offers["become_delay"], RemediesUndecided)


CHANNELS = "a case of type shortage may have come in through web; add it to the channels of delay"
LACKS = "delay requires late_by, which a case of type shortage may lack: ask for it as input and `set` it"
NO_STEP = "no step for delay can be taken in waiting; `goto` names a status of delay"
WAITING = {"id": "waiting", "label": text("待办")}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"of_delay": {"channels": ["phone"]}}, [CHANNELS]),
        ({"set": {}}, [LACKS]),
        ({"set": {"late_by": "input.late_by", "note": "'x'"}}, []),
        ({"case_types": []}, ["name in `case_types` the types that become delay"]),
        (
            {"case_types": ["shortage", "delay"]},
            ["a case of type delay is delay already; take it out of `case_types`"],
        ),
        ({"of_delay": {"requires": ["missing_pieces"]}}, []),  # each shortage has it
        (
            {"of_delay": {"requires": ["note"]}},
            ["delay requires note, which a case of type shortage may lack: ask for it as input and `set` it"],
        ),
        ({"of_delay": {"requires": ["note"]}, "set": {"late_by": "input.late_by", "note": "'x'"}}, []),
    ],
)
def test_lint_refuses_a_type_that_the_case_cannot_be_of(changes: dict[str, Any], told: list[str]) -> None:
    assert [message for path, message in errors(section(**changes)) if path == PLACE] == told


def test_lint_refuses_to_set_a_fact_that_the_new_type_has_not() -> None:
    found = [*errors(section(set={"late_by": "input.late_by", "colour": "'blue'"}))]
    assert found == [(("steps", 8, "set", "colour"), "cases of type delay have no colour")]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"goto": "waiting"}, [NO_STEP]),
        ({"goto": [{"when": "facts.late_by > 1", "status": "waiting"}]}, [NO_STEP]),
        ({"goto": [{"when": "facts.late_by > 1", "status": "done"}], "from": ["open", "waiting"]}, [NO_STEP]),
        ({"goto": [{"when": "true", "status": "done"}], "from": ["open", "waiting"]}, []),
        ({"from": ["open", "waiting"]}, [NO_STEP]),
        ({"from": ["open", "waiting"], "goto": "open"}, []),
        ({"goto": "filed"}, []),  # closed: no step is owed there
    ],
)
def test_lint_refuses_a_status_in_which_nothing_can_be_done_for_the_new_type(
    step: dict[str, Any], told: list[str]
) -> None:
    whole = small_document()
    steps = [each | ({"case_types": ["shortage"]} if each["from"] == "open" else {}) for each in whole["steps"]]
    rules = IntakeSection.parse(
        whole
        | {
            "statuses": [*whole["statuses"], WAITING],
            "facts": [*whole["facts"], *FACTS],
            "steps": [*steps, BECOME | step],
        }
    )

    assert [message for path, message in errors(rules) if path == PLACE] == told


def test_lint_warns_where_the_customer_would_lose_sight_of_the_case() -> None:
    whole = small_document()
    types = [kind | {"visible_to_customer": kind["id"] == "shortage"} for kind in whole["case_types"]]
    rules = IntakeSection.parse(
        whole | {"case_types": types, "facts": [*whole["facts"], *FACTS], "steps": [*whole["steps"], BECOME]}
    )
    assert (PLACE, "customers see cases of type shortage, and not as delay") in [*warnings(rules)]
