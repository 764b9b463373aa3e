"""A rule that cannot be computed (an absent fact, compared) refuses; it is never a fault of the program."""

from typing import Any

import pytest

from services.intake.cases.rules.classification import classified, owner_of
from services.intake.dossier.rules.dossier import Dossier, context, files
from services.intake.entries.rules.errors import GateRefused, InputRefused, RuleFailed
from services.intake.workflow.rules.available import next_steps
from shared.packs.intake.model.section import IntakeSection
from tests.unit.intake.builders import CLERK, NOW, a_small_case, attempt, small_document, taken, text

UNKNOWN = Dossier(case=a_small_case(facts={"missing_pieces": None, "level": "low"}))
FEW = "facts.missing_pieces < 3"


def section_with(**changes: Any) -> IntakeSection:
    step = {"id": "try", "label": text("试"), "cite": "SK-9 1.9", "from": "open", "roles": ["clerk"], **changes}
    document = small_document()
    return IntakeSection.parse(document | {"steps": [*document["steps"], step]})


def gate(**changes: Any) -> dict[str, Any]:
    return {"that": FEW, "code": "too_many", "cite": "SK-2 1.2", "message": text("太多")} | changes


def test_a_gate_that_cannot_be_judged_lets_nothing_pass() -> None:
    section = section_with(require=[gate(fields={"left": "3 - facts.missing_pieces"})])
    with pytest.raises(GateRefused) as refusal:
        taken(UNKNOWN, attempt("try", by=CLERK), section)
    assert (refusal.value.code, refusal.value.cite, refusal.value.fields) == ("too_many", "SK-2 1.2", {"left": None})


def test_a_gate_whose_occasion_cannot_be_judged_is_asked() -> None:
    section = section_with(require=[gate(when=FEW, that="facts.level == 'high'")])
    with pytest.raises(GateRefused):
        taken(UNKNOWN, attempt("try", by=CLERK), section)


def test_the_page_shows_it_as_a_refusal() -> None:
    section = section_with(require=[gate()])
    seen = context(UNKNOWN, section, actor=CLERK, now=NOW)
    [offer] = [offer for offer in next_steps(UNKNOWN, section, actor=CLERK, seen=seen) if offer.step.id == "try"]
    assert offer.refusal is not None
    assert offer.refusal.code == "too_many"


def test_input_that_may_be_needed_is_needed() -> None:
    field = {"id": "why", "label": text("理由"), "type": "text", "required_when": FEW}
    with pytest.raises(InputRefused) as refusal:
        taken(UNKNOWN, attempt("try", by=CLERK), section_with(input=[field]))
    assert refusal.value.fields == {"why": "missing"}


@pytest.mark.parametrize(
    "effect",
    [
        {"set": {"missing_pieces": "facts.missing_pieces + 1"}},
        {"goto": [{"when": FEW, "status": "done"}]},
        {"milestones": [{"name": "case.closed", "when": FEW}]},
        {"owner": [{"when": FEW, "owner": "manager", "cite": "SK-5 1.5"}, {"owner": "clerk", "cite": "SK-5 1.5"}]},
    ],
)
def test_an_effect_that_cannot_be_computed_refuses_the_step_with_its_article(effect: dict[str, Any]) -> None:
    with pytest.raises(RuleFailed) as refusal:
        taken(UNKNOWN, attempt("try", by=CLERK), section_with(**effect))
    assert (refusal.value.code, refusal.value.cite) == ("rule_failed", "SK-9 1.9")


def test_a_table_that_cannot_be_read_refuses_with_the_article_of_its_row() -> None:
    rows = [{"when": FEW, "set": {"level": "'low'"}, "cite": "SK-4 1.4"}]
    owners = [{"when": FEW, "owner": "manager", "cite": "SK-5 1.5"}, {"owner": "clerk", "cite": "SK-5 1.6"}]
    section = IntakeSection.parse(small_document(classification={"mode": "first", "rows": rows}, owners=owners))
    seen = {"facts": UNKNOWN.case.facts}
    with pytest.raises(RuleFailed) as refusal:
        classified(section, "shortage", facts=UNKNOWN.case.facts, context=seen)
    assert refusal.value.cite == "SK-4 1.4"
    with pytest.raises(RuleFailed) as refusal:
        owner_of(section, context=seen)
    assert refusal.value.cite == "SK-5 1.5"


def test_a_paper_that_may_be_needed_is_needed() -> None:
    kind = {"id": "photo", "label": text("照片"), "media_types": ["image/png"]}
    checklist = {"id": "dossier", "label": text("材料"), "cite": "SK-2 1.2", "items": [{"kind": "photo", "when": FEW}]}
    section = IntakeSection.parse(small_document(evidence=[kind], files=[checklist]))
    needed = files(UNKNOWN, section, seen={"facts": UNKNOWN.case.facts})
    assert needed == {"dossier": {"required": ["photo"], "missing": ["photo"]}}
