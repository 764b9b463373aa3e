"""What a step writes: numbers of papers, what they say, and what a step refuses that its fields did not ask for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake.cases.rules.case import Reached
from services.intake.cases.rules.errors import CasePurged, InstantNotTrusted
from services.intake.documents.rules.document import Document, Signature
from services.intake.documents.rules.record import Record
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.errors import GateRefused, InputRefused, RuleFailed
from services.intake.visits.rules import Visit, VisitForbids
from services.intake.workflow.rules.step import StepResult, needs_number
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection, Trust
from tests.unit.intake.builders import (
    CLERK,
    MANAGER,
    NOW,
    a_paper,
    a_small_case,
    attempt,
    permitted,
    signed_by,
    small,
    small_document,
    taken,
    text,
)

SLIP = a_paper("slip", "superseded", number="P-01", fields={"pieces": 2})
FORM = a_paper("form", "draft", number="F-2026-01", fields={"pieces": 2})
CORRECTION = {"reason": "点数有误", "pieces": 4}


@pytest.mark.parametrize(
    ("step", "given", "by", "documents", "needed"),
    [
        ("draft", {}, CLERK, (), True),
        ("draft", {}, CLERK, (SLIP,), True),
        ("draft", {}, CLERK, (FORM,), False),
        ("issue", {}, CLERK, (), True),
        ("issue", {}, CLERK, (FORM,), True),
        ("issue", {}, CLERK, (FORM, SLIP), False),
        ("correct", CORRECTION, CLERK, (a_paper("slip", "final"),), False),
        ("sign", {"party": "clerk", "signer": "李"}, CLERK, (FORM,), False),
        ("finish", {}, MANAGER, (), False),
    ],
)
def test_only_the_first_version_of_a_paper_needs_a_number(
    step: str, given: dict[str, Any], by: Actor, documents: tuple[Document, ...], needed: bool
) -> None:
    dossier = Dossier(case=a_small_case(), documents=documents)
    assert needs_number(permitted(dossier, attempt(step, given, by=by), small()), dossier) is needed


def written(step: str, *documents: Document, number: str | None, **given: object) -> Document | None:
    dossier = Dossier(case=a_small_case(), documents=documents)
    return taken(dossier, attempt(step, given, by=CLERK), small(), number=number).document


@pytest.mark.parametrize(
    ("documents", "new_number", "number", "revision"),
    [((), "F-2026-02", "F-2026-02", 1), ((SLIP, FORM), None, "F-2026-01", 2)],
)
def test_a_draft_says_what_its_fields_compute(
    documents: tuple[Document, ...], new_number: str | None, number: str, revision: int
) -> None:
    assert written("draft", *documents, number=new_number) == Document(
        document_id="d-new",
        template="form",
        number=number,
        revision=revision,
        state="draft",
        fields={"pieces": 3},
        drafted_at=NOW,
    )


def test_a_paper_issued_anew_keeps_the_number_of_its_superseded_version() -> None:
    paper = written("issue", FORM, SLIP, number=None)
    assert paper is not None
    assert (paper.document_id, paper.number, paper.fields, paper.final_at) == ("d-new", "P-01", {"pieces": 3}, NOW)


def test_a_correction_has_a_new_id_and_the_instant_of_the_step() -> None:
    paper = written("correct", a_paper("slip", "final", number="P-01"), number=None, **CORRECTION)
    assert paper is not None
    assert (paper.document_id, paper.number, paper.drafted_at, paper.final_at) == ("d-new", "P-01", NOW, NOW)


def test_a_signature_and_the_final_version_supersede_nothing() -> None:
    once = taken(
        Dossier(case=a_small_case(), documents=(FORM,)),
        attempt("sign", {"party": "clerk", "signer": "李"}, by=CLERK),
        small(),
    )
    signature = Signature(party="clerk", signer="李", at=NOW, recorded_by="li")
    assert (once.document, once.superseded) == (replace(FORM, state="signing", signatures=(signature,)), None)
    both = replace(FORM, state="signing", signatures=signed_by("clerk", "manager"))
    last = taken(Dossier(case=a_small_case(), documents=(both,)), attempt("finalise", by=CLERK), small())
    assert last.document is not None
    assert (last.document.state, last.document.final_at, last.document.signatures) == ("final", NOW, both.signatures)
    assert last.superseded is None


def test_a_signature_without_a_party_is_refused_also_where_the_pack_does_not_ask_for_one() -> None:
    document = small_document()
    lax = [{**field, "required": False} for field in document["steps"][1]["input"]]
    steps = [step | {"input": lax} if step["id"] == "sign" else step for step in document["steps"]]
    section = IntakeSection.parse(document | {"steps": steps})
    with pytest.raises(InputRefused) as refused:
        taken(Dossier(case=a_small_case(), documents=(FORM,)), attempt("sign", {"signer": "李"}, by=CLERK), section)
    assert (refused.value.code, refused.value.fields) == ("input_missing", {"party": "missing"})


PIECE = {"id": "piece", "label": text("件"), "type": "text"}
NOTE = {"id": "note", "label": text("备注"), "type": "text"}
RECORD = {"id": "sample", "label": text("取样"), "cite": "SK-9 1.9", "fields": [PIECE, NOTE]}
OTHER = {"id": "other", "label": text("其他"), "cite": "SK-9 1.9", "fields": [PIECE]}


def section_with(**changes: Any) -> IntakeSection:
    step = {"id": "try", "label": text("试"), "cite": "SK-9 1.9", "from": "open", "roles": ["clerk"], **changes}
    document = small_document()
    return IntakeSection.parse(document | {"steps": [*document["steps"], step], "records": [RECORD, OTHER]})


def tried(given: dict[str, Any] | None = None, *, dossier: Dossier | None = None, **changes: Any) -> StepResult:
    section = section_with(**changes)
    return taken(dossier or Dossier(case=a_small_case()), attempt("try", given, by=CLERK), section)


def test_a_step_enters_a_record_with_all_its_fields() -> None:
    result = tried({"piece": "A-7"}, record="sample")
    assert result.record == Record(
        record_id="r-new", kind="sample", fields={"piece": "A-7", "note": None}, at=NOW, recorded_by="li"
    )
    assert tried().record is None


def test_a_step_sends_a_visit_off() -> None:
    result = tried({"piece": "A-7"}, visit="dispatch", input=[PIECE])
    assert result.visit == Visit(visit_id="v-new", state="dispatched", fields={"piece": "A-7"}, dispatched_at=NOW)


def test_a_visit_in_another_state_is_refused_under_the_rule_of_the_step() -> None:
    with pytest.raises(VisitForbids) as refused:
        tried(visit="arrive")
    assert (refused.value.cite, refused.value.fields) == ("SK-9 1.9", {"state": "absent", "action": "arrive"})


def test_milestones_are_reached_by_the_step_at_its_instant_each_under_its_rule() -> None:
    conditional = [
        {"name": "case.escalated", "when": "facts.level == 'low'", "cite": "SK-9 2.0"},
        {"name": "case.calmed", "when": "facts.level == 'low'"},
        {"name": "case.praised", "when": "facts.level == 'high'"},
    ]
    result = tried(milestones=["case.tried", *conditional])
    reached = (
        Reached(name="case.tried", at=NOW, step="try", cite="SK-9 1.9"),
        Reached(name="case.escalated", at=NOW, step="try", cite="SK-9 2.0"),
        Reached(name="case.calmed", at=NOW, step="try", cite="SK-9 1.9"),
    )
    assert (result.reached, result.case.milestones) == (reached, reached)
    assert (result.step.id, result.attempt.actor, result.at, result.archive) == ("try", CLERK, NOW, None)


@pytest.mark.parametrize(
    ("goto", "status"),
    [
        ([{"when": "facts.level == 'high'", "status": "done"}], "open"),
        ([{"when": "facts.level == 'low'", "status": "done"}], "done"),
    ],
)
def test_without_a_branch_that_holds_the_status_stays(goto: list[dict[str, str]], status: str) -> None:
    assert tried(goto=goto).case.status == status


def test_a_step_may_name_the_owner() -> None:
    assert tried(owner="manager").case.owner == "manager"


def test_the_stated_instant_is_what_the_rules_of_a_step_see_and_when_it_happened() -> None:
    stated = NOW - timedelta(hours=2)
    section = section_with(milestones=[{"name": "case.early", "when": "at == '2026-03-09T00:00:00Z'"}])
    result = taken(Dossier(case=a_small_case()), attempt("try", by=CLERK, stated_at=stated), section)
    assert (result.at, [one.name for one in result.reached]) == (stated, ["case.early"])
    gate = {"that": "at != '2026-03-09T00:00:00Z'", "code": "early", "cite": "SK-2 1.2", "message": text("早")}
    with pytest.raises(GateRefused):
        permitted(
            Dossier(case=a_small_case()),
            attempt("try", by=CLERK, stated_at=stated),
            section_with(require=[gate]),
        )


def test_a_stated_instant_is_trusted_as_far_back_as_the_pack_says() -> None:
    section = section_with().model_copy(update={"trust": Trust(step_hours=1)})
    late = attempt("try", by=CLERK, stated_at=NOW - timedelta(hours=1, seconds=1))
    with pytest.raises(InstantNotTrusted) as refused:
        permitted(Dossier(case=a_small_case()), late, section)
    assert refused.value.fields == {"hours": 1}


@pytest.mark.parametrize(
    ("changes", "given", "refusal", "fields"),
    [
        ({"is_purged": True}, {}, CasePurged, {}),
        ({}, {"piece": 5}, InputRefused, {"piece": "not_text"}),
    ],
)
def test_a_refused_step_cites_its_own_rule(
    changes: dict[str, Any], given: dict[str, Any], refusal: type[ServiceError], fields: dict[str, str]
) -> None:
    with pytest.raises(refusal) as refused:
        tried(given, dossier=Dossier(case=a_small_case(**changes)), input=[PIECE])
    assert (refused.value.cite, refused.value.fields) == ("SK-9 1.9", fields)


@pytest.mark.parametrize(
    ("assigned", "cite"),
    [
        ("facts.missing_pieces + 1", "SK-9 1.9"),
        ({"value": "facts.missing_pieces + 1", "cite": "SK-9 2.0"}, "SK-9 2.0"),
    ],
)
def test_a_fact_that_cannot_be_computed_is_refused_by_its_own_rule_or_by_that_of_the_step(
    assigned: object, cite: str
) -> None:
    with pytest.raises(RuleFailed) as refused:
        tried(dossier=Dossier(case=a_small_case(facts={"missing_pieces": None})), set={"missing_pieces": assigned})
    assert refused.value.cite == cite
