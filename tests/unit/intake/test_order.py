"""What each part of a step sees: facts as before it in `set`, as it leaves them afterwards, milestones as before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.intake.cases.rules.case import Reached
from services.intake.dossier.rules.dossier import Dossier
from services.intake.links.rules import Linked
from services.intake.workflow.rules.step import StepResult
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.publishing.registry import errors, warnings
from tests.unit.intake.builders import CLERK, NOW, a_small_case, attempt, small_document, taken, text

REVISE: dict[str, Any] = {
    "id": "revise",
    "label": text("改判"),
    "cite": "SK-12 2.2",
    "from": "open",
    "roles": ["clerk"],
    "input": [{"id": "pieces", "label": text("件数"), "type": "integer", "required": True}],
    "set": {"missing_pieces": "input.pieces"},
}
ORDER: dict[str, Any] = {
    "relation": "recovery",
    "case_type": "delay",
    "cite": "SK-13 2.3",
    "when": "facts.missing_pieces >= 10",
    "facts": {"missing_pieces": "facts.missing_pieces"},
}
RECOVERY = Linked(
    relation="recovery",
    case_id="c-2",
    number="D-0001",
    case_type="delay",
    status="open",
    owner="clerk",
    milestones=("case.registered",),
    facts={"missing_pieces": 12},
)


def section(**changes: Any) -> IntakeSection:
    """The small section with the step `revise`; cases of type `delay` may be opened by another."""
    whole = small_document()
    types = [kind | ({"channels": ["internal"]} if kind["id"] == "delay" else {}) for kind in whole["case_types"]]
    return IntakeSection.parse(whole | {"case_types": types, "steps": [*whole["steps"], REVISE | changes]})


def revised(pieces: int, *, links: tuple[Linked, ...] = (), **changes: Any) -> StepResult:
    """The step on a case with three pieces missing, of the low level."""
    case = a_small_case()
    case = replace(case, facts={**case.facts, "missing_pieces": 3, "level": "low"})
    return taken(Dossier(case=case, links=links), attempt("revise", {"pieces": pieces}, by=CLERK), section(**changes))


def test_set_reads_the_facts_of_before_and_everything_after_it_reads_what_it_left() -> None:
    step = revised(
        12,
        set={"missing_pieces": "input.pieces", "level": "facts.missing_pieces > 9 ? 'high' : 'low'"},
        milestones=[{"name": "many.missing", "when": "facts.missing_pieces > 9"}],
        goto=[{"when": "facts.missing_pieces > 9", "status": "done"}],
        owner=[{"when": "facts.missing_pieces > 9", "owner": "manager", "cite": "SK-5 1.5"}],
    )

    assert step.case.facts["level"] == "low"  # of the three pieces of before
    assert [reached.name for reached in step.reached] == ["many.missing"]
    assert (step.case.status, step.case.owner) == ("done", "manager")


def test_milestones_and_the_status_are_those_of_before_for_every_part_of_a_step() -> None:
    step = revised(
        12,
        milestones=["loss.revised", {"name": "twice.revised", "when": "'loss.revised' in milestones"}],
        goto=[{"when": "case.status == 'open'", "status": "done"}],
        opens=[ORDER | {"when": "case.status == 'done' or 'loss.revised' in milestones"}],
    )

    assert [reached.name for reached in step.reached] == ["loss.revised"]
    assert step.case.status == "done"
    assert step.opened == ()


@pytest.mark.parametrize(("pieces", "level"), [(9, "low"), (10, "high")])
def test_a_corrected_fact_is_classified_anew_where_the_step_says_so(pieces: int, level: str) -> None:
    assert revised(pieces, classify=True).case.facts["level"] == level
    assert revised(pieces).case.facts["level"] == "low"


def test_what_set_says_is_seen_by_the_table_and_the_table_decides() -> None:
    step = revised(10, classify=True, set={"missing_pieces": "input.pieces", "level": "'low'"})

    assert step.case.facts["level"] == "high"


@pytest.mark.parametrize(
    ("links", "once", "pieces", "opened"),
    [
        ((), True, 9, 0),
        ((), True, 12, 1),
        ((RECOVERY,), True, 12, 0),
        ((RECOVERY,), True, 15, 0),
        ((RECOVERY,), False, 12, 1),
        ((RECOVERY,), ["missing_pieces"], 12, 0),
        ((RECOVERY,), ["missing_pieces"], 15, 1),
        ((replace(RECOVERY, relation="other"),), True, 12, 1),
    ],
)
def test_what_is_due_now_and_not_there_is_opened_once(
    links: tuple[Linked, ...], once: bool | list[str], pieces: int, opened: int
) -> None:
    others = [{"relation": "other", "case_type": "delay", "cite": "SK-13 2.3", "when": "false"}]
    step = revised(pieces, links=links, opens=[ORDER | {"once": once}, *others])

    assert len(step.opened) == opened


def test_two_items_of_one_list_that_are_the_same_open_one_case() -> None:
    item = ORDER | {"for_each": "['low', 'high', 'low']", "facts": {"level": "each"}, "once": ["level"]}

    assert [one.facts["level"] for one in revised(12, opens=[item]).opened] == ["low", "high"]


def test_a_step_that_was_taken_before_reads_its_milestone() -> None:
    case = replace(a_small_case(), milestones=(Reached(name="loss.revised", at=NOW, step="revise", cite="SK-12 2.2"),))
    rules = section(milestones=["loss.revised", {"name": "twice.revised", "when": "'loss.revised' in milestones"}])
    step = taken(Dossier(case=case), attempt("revise", {"pieces": 1}, by=CLERK), rules)

    assert [reached.name for reached in step.reached] == ["loss.revised", "twice.revised"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"set": {"missing_pieces": "input.pieces", "level": "facts.missing_pieces > 9 ? 'high' : 'low'"}},
            "set.level: facts.missing_pieces is read as it was before the step, which sets it too",
        ),
        ({"set": {"missing_pieces": "facts.missing_pieces + input.pieces"}}, None),
        (
            {"milestones": ["loss.revised"], "goto": [{"when": "'loss.revised' in milestones", "status": "done"}]},
            "goto.0.when: milestones are those from before the step, which reaches loss.revised itself",
        ),
        ({"milestones": [{"name": "first.seen", "when": "'first.seen' not in milestones"}]}, None),
        (
            {"goto": "done", "milestones": [{"name": "now.done", "when": "case.status == 'done'"}]},
            "milestones.0.when: case.status is that from before the step, never done here",
        ),
        ({"goto": [{"when": "case.status == 'open'", "status": "done"}]}, None),
        (
            {"visit": "arrive", "goto": [{"when": "len(visits) > 0", "status": "done"}]},
            "goto.0.when: visits are those from before the step; read input",
        ),
    ],
)
def test_lint_tells_readings_that_an_author_may_mistake(changes: dict[str, Any], told: str | None) -> None:
    found = [(path[2:], message) for path, message in warnings(section(**changes)) if path[:2] == ("steps", 8)]

    assert [f"{'.'.join(map(str, path))}: {message}" for path, message in found] == ([told] if told else [])


def test_a_record_is_not_there_yet_for_the_step_that_enters_it() -> None:
    kind = {"id": "count", "label": text("清点"), "cite": "SK-14 2.4", "fields": [
        {"id": "found", "label": text("数"), "type": "integer", "required": True}]}  # fmt: skip
    whole = small_document(records=[kind])
    step = REVISE | {"record": "count", "goto": [{"when": "len(records.count) > 1", "status": "done"}]}
    found = [*warnings(IntakeSection.parse(whole | {"steps": [*whole["steps"], step]}))]

    assert (
        ("steps", 8, "goto", 0, "when"),
        "records.count has not the entry of this step yet; read input",
    ) in found


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"opens": [ORDER | {"once": ["level"]}]},
            (("steps", 8, "opens", 0, "once"), "the linked case is not given level"),
        ),
        ({"opens": [ORDER | {"once": ["missing_pieces"]}]}, None),
    ],
)
def test_facts_that_tell_linked_cases_apart_are_given(changes: dict[str, Any], told: object) -> None:
    assert [*errors(section(**changes))] == ([told] if told else [])


def test_a_step_cannot_classify_without_a_table() -> None:
    whole = small_document(classification={"rows": []})
    rules = IntakeSection.parse(whole | {"steps": [*whole["steps"], REVISE | {"classify": True}]})

    assert (("steps", 8, "classify"), "there is no `classification`") in [*errors(rules)]


def _example() -> dict[str, Any]:
    """The step that AUTHORING.md shows under "Order inside a step"."""
    page = Path("deploy/policies/AUTHORING.md").read_text(encoding="utf-8")
    shown = page.split("### Order inside a step")[1].split("```yaml\n")[1].split("```")[0]
    tree, faults = read_yaml(shown, file="AUTHORING.md")
    assert not faults
    return tree.plain()  # type: ignore[return-value]


def test_the_example_of_the_page_does_what_the_page_says() -> None:
    facts = [
        {"id": "price", "label": text("价格"), "type": "decimal"},
        {"id": "dear", "label": text("贵重"), "type": "boolean"},
        {"id": "severity", "label": text("程度"), "type": "choice", "choices": ["normal", "major"]},
    ]
    whole = small_document(
        facts=facts,
        classification={
            "rows": [{"when": "number(facts.price) > 1000", "set": {"severity": "'major'"}, "cite": "LS-2 s.2"}]
        },
        statuses=[{"id": "open", "label": text("处理中")}, {"id": "with_manager", "label": text("经理处理")}],
        steps=[_example() | {"label": text("改价"), "cite": "LS-2 s.2"}],
    )
    kept: dict[str, Any] = {"price": "900", "dear": False, "severity": "normal"}
    rules = IntakeSection.parse(whole | {"case_types": [whole["case_types"][0] | {"id": "check", "require": []}]})
    case = replace(a_small_case(), case_type="check", facts=kept, milestones=())

    step = taken(Dossier(case=case), attempt("revise_price", {"price": "1200"}, by=CLERK), rules)

    assert (step.case.facts["dear"], step.case.facts["severity"], step.case.status) == (False, "major", "with_manager")
    assert [reached.name for reached in step.reached] == ["price.revised"]
    assert [opening.relation for opening in step.opened] == ["check"]
    assert (
        ("steps", 0, "set", "dear"),
        "facts.price is read as it was before the step, which sets it too",
    ) in [*warnings(rules)]
