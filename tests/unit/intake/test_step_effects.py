"""What a step writes: numbers of papers, what they say, and what a step refuses that its fields did not ask for."""

from typing import Any

import pytest

from services.intake.documents.rules.document import Document
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.errors import InputRefused
from services.intake.workflow.rules.step import needs_number
from shared.kernel.actor import Actor
from shared.packs.intake.model.section import IntakeSection
from tests.unit.intake.builders import (
    CLERK,
    MANAGER,
    NOW,
    a_paper,
    a_small_case,
    attempt,
    permitted,
    small,
    small_document,
    taken,
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


def test_a_signature_without_a_party_is_refused_also_where_the_pack_does_not_ask_for_one() -> None:
    document = small_document()
    lax = [{**field, "required": False} for field in document["steps"][1]["input"]]
    steps = [step | {"input": lax} if step["id"] == "sign" else step for step in document["steps"]]
    section = IntakeSection.parse(document | {"steps": steps})
    with pytest.raises(InputRefused) as refused:
        taken(Dossier(case=a_small_case(), documents=(FORM,)), attempt("sign", {"signer": "李"}, by=CLERK), section)
    assert (refused.value.code, refused.value.fields) == ("input_missing", {"party": "missing"})
