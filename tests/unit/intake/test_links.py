"""Links: what a step opens, what the other end looks like, and what a pack author is told."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.intake.cases.rules.case import Reached
from services.intake.cases.rules.registration import PolicyPin, RegistrationRequest, register
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.entries.rules.errors import FactInvalid, GateRefused, RuleFailed
from services.intake.entries.rules.values import Context
from services.intake.links.rules import Linked, LinkedTooMany, Opening, openings, other_end, seen_as
from shared.kernel.ids import CaseId
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.expression import ExpressionFailed
from shared.packs.publishing.registry import errors, referenced
from shared.packs.publishing.registry import scopes as scopes_of
from tests.unit.intake.builders import (
    CLERK,
    NOW,
    ORG,
    RECEIVED,
    a_small_case,
    attempt,
    permitted,
    small_document,
    taken,
    text,
)

ORDER: dict[str, Any] = {
    "id": "order",
    "label": text("整改"),
    "cite": "SK-11 2.1",
    "case_types": ["shortage"],
    "from": "open",
    "roles": ["clerk"],
    "milestones": ["rectification.ordered"],
}
OPENS: dict[str, Any] = {
    "relation": "rectification",
    "case_type": "rectification",
    "cite": "SK-11 2.1",
    "facts": {"missing_pieces": "facts.missing_pieces"},
}
CHILD_TYPE: dict[str, Any] = {
    "id": "rectification",
    "label": text("整改单"),
    "cite": "SK-11 2.1",
    "number": "R-{seq:3}",
    "initial": "open",
    "channels": ["internal"],
    "roles": ["nobody"],
    "requires": ["missing_pieces"],
}


def section(*steps: Mapping[str, Any], child: Mapping[str, Any] | None = None, **opens: Any) -> IntakeSection:
    """The small section whose step `order` opens a case, and `steps` beside it."""
    whole = small_document()
    order = ORDER | {"opens": [OPENS | opens]}
    return IntakeSection.parse(
        whole
        | {
            "case_types": [*whole["case_types"], CHILD_TYPE | dict(child or {})],
            "steps": [*whole["steps"], order, *steps],
        }
    )


def opened(**opens: Any) -> list[tuple[str | None, Mapping[str, Any]]]:
    step = taken(Dossier(case=a_small_case()), attempt("order", by=CLERK), section(**opens))
    return [(one.owner, one.facts) for one in step.opened]


def a_linked(**changes: Any) -> Linked:
    made: dict[str, Any] = {
        "relation": "rectification",
        "case_id": "c-2",
        "number": "R-001",
        "case_type": "rectification",
        "status": "open",
        "owner": "clerk",
        "milestones": ("case.registered",),
        "facts": {"missing_pieces": 3},
    }
    return Linked(**(made | changes))


def application(parent: Context | None, **changes: Any) -> RegistrationRequest:
    made: dict[str, Any] = {
        "case_type": "rectification",
        "channel": "internal",
        "customer_ref": "C-1",
        "order_ref": None,
        "description": None,
        "facts": {"missing_pieces": 3},
        "received_at": RECEIVED,
        "first_responder": "li",
        "contact_id": None,
        "parent": parent,
    }
    return RegistrationRequest(**(made | changes))


def registered(rules: IntakeSection, parent: Linked | None, **changes: Any) -> Any:
    return register(
        application(seen_as(parent, rules) if parent else None, **changes),
        rules,
        pin=PolicyPin(pack="small", version=1, today=NOW.date()),
        ids=(ORG, CaseId("c-3")),
        actor=CLERK,
        now=NOW,
    ).case


def test_one_case_without_a_list_and_one_for_each_item_with_one() -> None:
    assert opened() == [(None, {"missing_pieces": 3})]
    assert opened(for_each="['clerk', 'manager']", owner="each") == [
        ("clerk", {"missing_pieces": 3}),
        ("manager", {"missing_pieces": 3}),
    ]
    assert opened(for_each="[]") == []
    assert opened(for_each="null") == []


def test_when_chooses_among_the_items() -> None:
    found = opened(
        for_each="['1', '2', '3']", when="each != '2'", facts={"missing_pieces": "number(each) * 10"}, owner="manager"
    )
    assert found == [("manager", {"missing_pieces": 10}), ("manager", {"missing_pieces": 30})]


def test_nothing_is_opened_when_the_condition_does_not_hold() -> None:
    assert opened(when="facts.missing_pieces > 3") == []
    assert len(opened(when="facts.missing_pieces > 2")) == 1


def test_a_hundred_cases_may_be_opened_and_no_more() -> None:
    hundred = "[" + ",".join(["'a'"] * 100) + "]"
    assert len(opened(for_each=hundred)) == 100
    with pytest.raises(LinkedTooMany) as refusal:
        opened(for_each=hundred[:-1] + ",'a']")
    assert (refusal.value.cite, refusal.value.fields) == ("SK-11 2.1", {"most": 100})


def test_what_is_no_list_and_what_is_no_value_of_the_fact_refuse_the_step() -> None:
    with pytest.raises(RuleFailed) as refusal:
        opened(for_each="facts.missing_pieces")
    assert refusal.value.cite == "SK-11 2.1"
    cause = refusal.value.__cause__
    assert isinstance(cause, ExpressionFailed)
    assert cause.detail == "'facts.missing_pieces' is no list"
    with pytest.raises(FactInvalid):
        opened(facts={"missing_pieces": "'three'"})


def test_both_ends_see_each_other_in_the_same_shape() -> None:
    rules = section()
    case = a_small_case(milestones=(Reached(name="case.accepted", at=RECEIVED, step=None, cite="SK-1 1.1"),))
    done = a_linked(number="R-002", status="done")
    alone = context(Dossier(case=case), rules, actor=CLERK, now=NOW)
    assert (alone["links"], alone["parent"]) == ({"rectification": []}, None)

    seen = context(Dossier(case=case, links=(a_linked(), done)), rules, actor=CLERK, now=NOW)["links"]
    assert isinstance(seen, dict)
    assert [(one["number"], one["phase"]) for one in seen["rectification"]] == [("R-001", "open"), ("R-002", "closed")]
    up = other_end(case, relation="rectification", elsewhere=("clock.breached",))
    assert up.relation == "rectification"
    parent = context(Dossier(case=case, parent=up), rules, actor=CLERK, now=NOW)["parent"]
    assert parent == {
        "case_id": case.case_id,
        "number": case.number,
        "case_type": "shortage",
        "status": "open",
        "phase": "open",
        "owner": "clerk",
        "milestones": ["case.accepted", "clock.breached"],
        "facts": {"missing_pieces": 3, "level": "low"},
    }


def test_a_gate_on_linked_cases() -> None:
    gate = {
        "that": "all(links.rectification, #.phase != 'open')",
        "code": "rectification_open",
        "cite": "SK-11 2.2",
        "message": text("整改未完成"),
    }
    close = ORDER | {"id": "close", "require": [gate], "milestones": []}
    rules, case = section(close), a_small_case()
    with pytest.raises(GateRefused) as refusal:
        permitted(Dossier(case=case, links=(a_linked(status="done"), a_linked())), attempt("close", by=CLERK), rules)
    assert refusal.value.code == "rectification_open"
    assert permitted(Dossier(case=case, links=(a_linked(status="done"),)), attempt("close", by=CLERK), rules)
    assert permitted(Dossier(case=case), attempt("close", by=CLERK), rules)


def test_a_linked_case_asks_for_no_role_and_may_be_given_facts_that_nobody_enters() -> None:
    case = registered(section(), a_linked(), facts={"missing_pieces": 12, "level": "low"}, owner="clerk")
    # Twelve pieces are `high` by the classification, which a high case's manager would own.
    assert (case.facts["level"], case.owner, case.channel) == ("high", "clerk", "internal")
    assert registered(section(), a_linked(), facts={"missing_pieces": 12}).owner == "manager"


def test_a_gate_of_the_type_sees_the_parent() -> None:
    gate = {"that": "parent != null", "code": "no_parent", "cite": "SK-11 2.3", "message": text("无来源")}
    rules = section(child={"roles": [], "require": [gate]})
    assert registered(rules, a_linked()).case_type == "rectification"
    with pytest.raises(GateRefused):
        registered(rules, None)


@pytest.mark.parametrize(
    ("steps", "opens", "child", "fault"),
    [
        ([], {"relation": "parent"}, {}, (("steps", 8, "opens", 0, "relation"),
         "parent is what the linked case calls the one that opened it")),
        ([], {}, {"channels": ["web"]}, (("steps", 8, "opens", 0, "case_type"),
         "the channels of rectification must name internal")),
        ([], {"facts": {}}, {}, (("steps", 8, "opens", 0, "facts"),
         "a case of type rectification is opened with missing_pieces")),
        ([ORDER | {"id": "hear", "on": [{"event": "case.closed", "relation": "recourse"}]}], {}, {},
         (("steps", 9, "on", 0, "relation"), "no step opens a case as recourse")),
    ],
)  # fmt: skip
def test_what_can_never_be_is_a_fault(
    steps: list[Any], opens: dict[str, Any], child: dict[str, Any], fault: tuple[Any, str]
) -> None:
    assert fault in list(errors(section(*steps, child=child, **opens)))
    assert list(errors(section())) == []


def a_hearing(event: str, relation: str | None, **step: Any) -> IntakeSection:
    reaction = {"event": event} | ({"relation": relation} if relation else {})
    return section(ORDER | {"id": "hear", "milestones": [], "on": [reaction], **step})


@pytest.mark.parametrize(
    ("event", "relation", "types", "fault"),
    [
        ("case.closed", "rectification", ["shortage"], None),
        ("case.registered", "rectification", ["shortage"], None),
        ("clock.breached", "rectification", ["shortage"], None),
        ("clock.breached", None, ["shortage"], None),
        ("rectification.ordered", "parent", ["rectification"], None),
        ("rectification.ordered", "rectification", ["shortage"],
         "no case that is the rectification here reaches rectification.ordered"),
        ("case.registered", "parent", ["rectification"], "no case that is the parent here reaches case.registered"),
        ("case.closed", "parent", ["delay"], "no case that is the parent here reaches case.closed"),
        ("clock.breached", "parent", ["shortage"], "no case that is the parent here reaches clock.breached"),
    ],
)  # fmt: skip
def test_a_reaction_that_no_linked_case_causes_is_refused(
    event: str, relation: str | None, types: list[str], fault: str | None
) -> None:
    rules = a_hearing(event, relation, case_types=types)
    faults = [message for path, message in errors(rules) if path == ("steps", 9, "on", 0, "event")]
    assert faults == ([fault] if fault else [])


def test_reactions_are_found_by_where_the_event_happens() -> None:
    rules = a_hearing("clock.breached", "rectification")
    assert rules.reactions == {}
    assert {key: [step.id for step, _ in found] for key, found in rules.linked_reactions.items()} == {
        ("rectification", "clock.breached"): ["hear"]
    }


def test_an_item_is_known_where_there_is_a_list_and_a_linked_case_where_one_is_heard() -> None:
    scopes = {scope.path: scope.roots for scope in scopes_of(section(for_each="[1]"))}
    assert "each" in scopes["steps", 8, "opens", 0]
    assert "each" not in scopes["steps", 8, "opens", 0, "for_each"]
    assert scopes[()]["links"] == frozenset({"rectification"})
    heard = {scope.path: scope.roots for scope in scopes_of(a_hearing("clock.breached", "rectification"))}
    assert "milestone" in (heard["steps", 9, "on", 0]["event"] or ())
    assert ("steps", 8, "opens", 0) not in heard


def test_a_role_or_an_expression_owns_a_linked_case() -> None:
    assert section(owner="manager").steps_by_id["order"].opens[0].owner == "manager"
    names = [name for _, name in referenced(section(owner="manager")).roles]
    assert "manager" in names
    item = section(for_each="['clerk']", owner="each").steps_by_id["order"].opens[0]
    assert str(item.owner) == "each"
    assert not isinstance(item.owner, str)


def test_openings_of_a_step_that_opens_nothing() -> None:
    rules = section()
    assert openings(rules.steps_by_id["draft"], rules, links=(), seen={}) == ()


def test_what_is_opened_carries_all_that_the_pack_says_of_it_computed_for_its_item() -> None:
    rules = section(
        for_each="facts.holders", owner="each", description="'rectify: ' + each", cite="SK-11 2.4", relation="order"
    )
    seen = {"facts": {"missing_pieces": 3, "holders": ["clerk", "manager"]}}
    assert openings(rules.steps_by_id["order"], rules, links=(), seen=seen) == tuple(
        Opening(
            relation="order",
            case_type="rectification",
            cite="SK-11 2.4",
            owner=holder,
            facts={"missing_pieces": 3},
            description=f"rectify: {holder}",
        )
        for holder in ("clerk", "manager")
    )


def test_without_owner_and_description_the_table_decides_and_nothing_is_described() -> None:
    rules = section()
    (opening,) = openings(rules.steps_by_id["order"], rules, links=(), seen={"facts": {"missing_pieces": 3}})
    assert (opening.owner, opening.description) == (None, None)
