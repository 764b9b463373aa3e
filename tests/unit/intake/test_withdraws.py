"""A step that withdraws remedies: which rows count, what is published, and what the system's own steps spare."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.errors import RuleFailed
from services.intake.workflow.announce import announced
from services.intake.workflow.rules.step import StepResult
from services.intake.workflow.use_cases.take_reaction import Cause
from services.intake.workflow.views import step_view
from shared.contracts.envelope import TextV1
from shared.contracts.intake import CaseAdvancedV1, WithdrawsV1
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Reaction
from tests.unit.intake.builders import CLERK, NOW, a_small_case, attempt, small_document, taken, text

REFUNDS = {"remedies": ["refund"], "label": text("更正"), "cite": "SK-30 3.1", "when": "facts.missing_pieces < 5"}
EVERYTHING = {"remedies": "all", "label": text("重来"), "cite": "SK-31 3.2", "when": "input.again == true"}
RECOUNT: dict[str, Any] = {
    "id": "recount",
    "label": text("复点"),
    "cite": "SK-29 2.9",
    "case_types": ["shortage"],
    "from": "open",
    "roles": ["clerk"],
    "input": [
        {"id": "pieces", "label": text("件数"), "type": "integer", "required": True},
        {"id": "again", "label": text("重来"), "type": "boolean"},
    ],
    "set": {"missing_pieces": "input.pieces"},
    "withdraws": [REFUNDS, EVERYTHING],
}
SAID = WithdrawsV1(remedies=["refund"], label=TextV1(**text("更正")), cite="SK-30 3.1")
SAID_OF_ALL = WithdrawsV1(remedies=None, label=TextV1(**text("重来")), cite="SK-31 3.2")


def section(**changes: Any) -> IntakeSection:
    whole = small_document()
    return IntakeSection.parse(whole | {"steps": [*whole["steps"], RECOUNT | changes]})


def recounted(pieces: int, *, again: bool | None = None, upon: str | None = None, **changes: Any) -> StepResult:
    case = a_small_case()
    dossier = Dossier(case=replace(case, facts={**case.facts, "missing_pieces": 9}))
    entered: dict[str, object] = {"pieces": pieces, "again": again}
    step = replace(attempt("recount", entered, by=CLERK), upon_remedy=upon)
    return taken(dossier, step, section(**changes))


def said(result: StepResult) -> list[WithdrawsV1]:
    [event] = announced(result, section=section())
    assert isinstance(event.data, CaseAdvancedV1)
    return event.data.withdraws


@pytest.mark.parametrize(
    ("pieces", "again", "expected"),
    [
        (4, None, [SAID]),
        (5, None, []),
        (4, True, [SAID, SAID_OF_ALL]),
        (5, True, [SAID_OF_ALL]),
    ],
)
def test_a_row_counts_where_its_condition_holds_over_the_facts_as_the_step_leaves_them(
    pieces: int, again: bool | None, expected: list[WithdrawsV1]
) -> None:
    assert said(recounted(pieces, again=again)) == expected


def test_a_step_without_rows_says_nothing_of_remedies() -> None:
    assert said(recounted(4, withdraws=[])) == []


def test_a_step_that_is_taken_upon_a_remedy_names_it() -> None:
    assert said(recounted(4, upon="r-2")) == [SAID.model_copy(update={"earlier_than": "r-2"})]


def test_only_an_event_of_a_remedy_of_the_case_itself_names_one() -> None:
    own = Cause(event="remedy.quoted", data={"remedy_id": "r-2"}, at=NOW)
    assert own.remedy_of(Reaction(event="remedy.quoted")) == "r-2"
    assert own.remedy_of(Reaction(event="remedy.quoted", relation="parent")) is None
    assert (
        Cause(event="clock.breached", data={"clock_id": "c"}, at=NOW).remedy_of(Reaction(event="clock.breached"))
        is None
    )


def test_a_condition_that_cannot_be_computed_refuses_the_step_under_the_rule_of_the_row() -> None:
    with pytest.raises(RuleFailed) as refused:
        recounted(4, withdraws=[REFUNDS | {"when": "number(facts.level) > 1"}])
    assert refused.value.cite == "SK-30 3.1"


def test_the_answer_says_what_the_step_ends() -> None:
    view = step_view(recounted(4, again=True), section())
    assert [(each.remedies, each.reason.en, each.cite) for each in view.withdraws] == [
        (["refund"], "更正", "SK-30 3.1"),
        ("all", "重来", "SK-31 3.2"),
    ]
