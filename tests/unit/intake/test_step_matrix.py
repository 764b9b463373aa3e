"""Every status × every step of the reference pack's quality objections; the table is written from the articles, not from the pack."""

import pytest

from services.intake.cases.rules.errors import CaseArchived, RoleForbidden
from services.intake.dossier.rules.dossier import Dossier
from services.intake.workflow.rules.errors import StepOutOfOrder, StepUnknown
from shared.kernel.errors import ServiceError
from tests.unit.intake.builders import a_case, a_small_case, attempt, laigang, permitted, small

STATUSES = (
    "registered", "routed", "accepted", "dispatched", "on_site", "investigated", "agreed", "notice_issued",
    "closed", "explained_out_of_scope", "not_our_product", "archived",
)  # fmt: skip
OPEN = frozenset(STATUSES[:8])
BEFORE_AGREEMENT = frozenset({"accepted", "dispatched", "on_site", "investigated"})
ALLOWED = {
    "route": {"registered"},
    "classify": OPEN,
    "analyse": {"registered", "routed"},
    "confirm_origin": {"registered", "routed"} | BEFORE_AGREEMENT,
    "dispatch_visit": {"accepted", "investigated"},
    "arrive": {"dispatched"},
    "complete_visit": {"on_site"},
    "record_liability": {"accepted", "investigated"},
    "take_sample": BEFORE_AGREEMENT,
    "choose_lab": BEFORE_AGREEMENT,
    "record_report": BEFORE_AGREEMENT,
    "draft_agreement": BEFORE_AGREEMENT,
    "sign_agreement": BEFORE_AGREEMENT,
    "finalise_agreement": BEFORE_AGREEMENT,
    "issue_result_notice": {"agreed"},
    "choose_report_seller": BEFORE_AGREEMENT,
    "choose_report_customer": BEFORE_AGREEMENT,
    "return_to_stock": {"agreed", "notice_issued"},
    "transfer": OPEN,
    "classify_customer": OPEN,
    "report_legal_risk": OPEN,
    "resolve_legal_risk": OPEN,
    "close": BEFORE_AGREEMENT | {"agreed", "notice_issued"},
    "archive": {"closed", "explained_out_of_scope", "not_our_product"},
}
ARTICLE = {
    "route": "LG-32", "classify": "LG-35d", "analyse": "LG-33", "confirm_origin": "LG-34", "dispatch_visit": "LG-35a",
    "arrive": "LG-36", "complete_visit": "LG-36", "record_liability": "LG-36", "take_sample": "LG-37a",
    "choose_lab": "LG-37b", "record_report": "LG-37c", "choose_report_seller": "LG-37c", "choose_report_customer": "LG-37c", "draft_agreement": "LG-36", "sign_agreement": "LG-36",
    "finalise_agreement": "LG-36", "issue_result_notice": "LG-38", "return_to_stock": "LG-40a",
    "transfer": "LG-52", "classify_customer": "LG-53a", "report_legal_risk": "LG-43",
    "resolve_legal_risk": "LG-43", "close": "LG-42", "archive": "LG-42",
}  # fmt: skip


def test_the_table_names_every_step_and_status() -> None:
    steps = [step for step in laigang().steps if "quality_objection" in (step.case_types or ["quality_objection"])]
    reached = {"registered", *(status for step in steps for status in step.targets())}
    assert set(ALLOWED) == {step.id for step in steps}
    assert set(STATUSES) == reached


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("step", ALLOWED)
def test_a_step_out_of_order_is_refused_with_its_article(step: str, status: str) -> None:
    refusal = None
    try:
        permitted(Dossier(case=a_case(status=status)), attempt(step))
    except ServiceError as error:
        refusal = error
    out_of_order = isinstance(refusal, StepOutOfOrder | CaseArchived)
    assert out_of_order == (status not in ALLOWED[step])
    if refusal is not None and out_of_order:
        assert isinstance(refusal, CaseArchived) == (status == "archived")
        assert refusal.cite is not None
        assert refusal.cite.partition(" ")[0] == ARTICLE[step]
        assert refusal.fields["status"] == status


def test_the_refusal_says_from_where_the_step_is_taken() -> None:
    with pytest.raises(StepOutOfOrder) as refusal:
        permitted(Dossier(case=a_case()), attempt("complete_visit"))
    assert refusal.value.fields == {"status": "registered", "allowed_from": ["on_site"]}


def test_the_unknown_step_comes_before_role_and_status() -> None:
    with pytest.raises(StepUnknown):
        permitted(Dossier(case=a_case(status="archived")), attempt("fly", by="customer"))


def test_a_step_of_another_case_type_is_unknown_and_the_refusal_lists_those_there_are() -> None:
    with pytest.raises(StepUnknown) as refusal:
        permitted(Dossier(case=a_small_case(case_type="delay")), attempt("draft"), small())
    allowed = ["sign", "finalise", "issue", "correct", "hand_over", "finish", "file"]
    assert refusal.value.fields == {"allowed": allowed}


def test_the_role_comes_before_the_status() -> None:
    with pytest.raises(RoleForbidden) as refusal:
        permitted(Dossier(case=a_case()), attempt("complete_visit", by="customer"))
    assert refusal.value.fields == {"roles": ["objection_team"]}
    assert refusal.value.cite == "LG-36 Art.36"
