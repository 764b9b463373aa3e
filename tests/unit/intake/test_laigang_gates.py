"""Each gate of the reference pack on both sides: what refuses, with which code and article, and what passes."""

from typing import Any

import pytest

from services.intake.dossier.rules.dossier import Dossier
from shared.kernel.errors import Conflict, Rejected, ServiceError
from tests.unit.intake.builders import (
    a_case,
    a_file,
    a_paper,
    a_remedy,
    a_visit,
    attempt,
    laigang,
    permitted,
    signed_by,
    taken,
)

OURS = {"origin": "confirmed"}
CLEAR = OURS | {"liability_basis": "site_evidence"}
SAMPLE = {"standard_ref": "GB/T 2975", "seller_signer": "王工", "customer_signer": "李经理", "retained": True}
LAB = {"lab": "国家钢铁产品质检中心", "qualified": True, "agreed_by": ["seller", "customer"]}
MODE = {"mode": "price_difference"}
SIGN = {"party": "seller", "signer": "王工"}
AGREED: dict[str, Any] = {"documents": (a_paper(state="final", signatures=signed_by("seller", "customer")),)}
NOTICED: dict[str, Any] = {"documents": (*AGREED["documents"], a_paper("result_notice", "final"))}
CITED = {"mode": "money_compensation", "amount_minor": 800_000, "quantity": None, "report_ref": "GJ-1"}
COMPLETE = tuple(a_file(kind) for kind in ("objection_letter", "contract", "quality_certificate", "photo"))


def refused(
    status: str, step: str, given: dict[str, Any] | None = None, facts: dict[str, Any] | None = None, **parts: Any
) -> ServiceError:
    milestones = parts.pop("milestones", ())
    with pytest.raises(ServiceError) as refusal:
        permitted(
            Dossier(case=a_case(status=status, facts=facts or {}, milestones=milestones), **parts), attempt(step, given)
        )
    return refusal.value


def allowed(
    status: str, step: str, given: dict[str, Any] | None = None, facts: dict[str, Any] | None = None, **parts: Any
) -> None:
    milestones = parts.pop("milestones", ())
    permitted(
        Dossier(case=a_case(status=status, facts=facts or {}, milestones=milestones), **parts), attempt(step, given)
    )


CONFLICTS = [
    # LG-32: quality and metering matters go on with a complete file
    ("registered", "route", {}, {}, {"evidence": COMPLETE[:3]}, "file_incomplete", "LG-32 Art.32"),
    # LG-08b: outside the scope is explained
    ("registered", "analyse", {"in_scope": False, "opinion": "外"}, {}, {}, "explanation_required", "LG-08b Art.8"),
    # LG-34: origin first
    ("accepted", "take_sample", SAMPLE, {}, {}, "origin_unconfirmed", "LG-34 Art.34"),
    ("accepted", "choose_lab", LAB, {}, {}, "origin_unconfirmed", "LG-34 Art.34"),
    ("accepted", "draft_agreement", MODE, {"liability_basis": "site_evidence"}, {"remedies": (a_remedy(),)},
     "origin_unconfirmed", "LG-34 Art.34"),
    ("accepted", "confirm_origin", {"origin": "not_ours"}, {}, {"documents": (a_paper(),)}, "agreement_exists", "LG-34 Art.34"),
    # LG-35d, LG-32
    ("accepted", "classify", {"reason": "无"}, {}, {}, "nothing_classified", "LG-32 Art.32"),
    # LG-37a: both sides sample
    ("accepted", "take_sample", SAMPLE | {"customer_signer": "王工"}, OURS, {}, "same_signer", "LG-37a Art.37"),
    # LG-37b: accepted by both, and qualified
    ("accepted", "choose_lab", LAB | {"agreed_by": ["seller"]}, OURS, {}, "mutual_consent_required", "LG-37b Art.37"),
    ("accepted", "choose_lab", LAB | {"agreed_by": ["customer"]}, OURS, {}, "mutual_consent_required", "LG-37b Art.37"),
    ("accepted", "choose_lab", LAB | {"qualified": False}, OURS, {}, "lab_not_qualified", "LG-37b Art.37"),
    # LG-36: liability clear, visit done, proposal agreed
    ("accepted", "draft_agreement", MODE, OURS, {"remedies": (a_remedy(),)}, "liability_undetermined", "LG-36 Art.36"),
    ("accepted", "draft_agreement", MODE, CLEAR | {"needs_visit": True}, {"remedies": (a_remedy(),)},
     "visit_incomplete", "LG-36 Art.36"),
    ("accepted", "draft_agreement", MODE, CLEAR, {"remedies": (a_remedy("offered"),)}, "proposal_not_accepted", "LG-36 Art.36"),
    ("accepted", "draft_agreement", MODE | {"amount_minor": 2_150_000}, CLEAR, {"remedies": (a_remedy(),)},
     "amount_differs_from_proposal", "LG-38 Art.38"),
    # LG-36: two signatures; LG-37c: the report is cited
    ("accepted", "finalise_agreement", {}, CLEAR, {"documents": (a_paper(state="signing", signatures=signed_by("seller")),)},
     "second_signature_missing", "LG-36 Art.36"),
    ("accepted", "finalise_agreement", {}, CLEAR, {}, "second_signature_missing", "LG-36 Art.36"),
    ("accepted", "sign_agreement", SIGN, OURS | {"liability_basis": "in_house_lab"}, {"documents": (a_paper(),)},
     "report_reference_missing", "LG-37c Art.37"),
    ("accepted", "finalise_agreement", {}, OURS | {"liability_basis": "third_party_lab"},
     {"documents": (a_paper(state="signing", signatures=signed_by("seller", "customer")),)},
     "report_reference_missing", "LG-37c Art.37"),
    ("accepted", "sign_agreement", SIGN, OURS | {"liability_basis": "in_house_lab", "report_ref": "GJ-2"},
     {"documents": (a_paper(fields=CITED),)}, "report_not_cited", "LG-37c Art.37"),
    # LG-43, LG-42: what keeps a case open, what keeps it out of the archive
    ("notice_issued", "close", {}, {}, {"remedies": (a_remedy("approved"),)}, "settlement_not_executed", "LG-38 Art.38"),
    ("notice_issued", "close", {}, {}, {"remedies": (a_remedy("executed"), a_remedy("in_doubt"))},
     "settlement_not_executed", "LG-38 Art.38"),
    ("notice_issued", "close", {}, {"legal_risk": True}, {"remedies": (a_remedy("executed"),)}, "legal_risk_open", "LG-43 Art.43"),
    ("accepted", "report_legal_risk", {"risk": "诉讼"}, {"legal_risk": True}, {}, "legal_risk_already_reported", "LG-43 Art.43"),
    ("accepted", "resolve_legal_risk", {"outcome": "和解"}, {}, {}, "no_legal_risk", "LG-43 Art.43"),
    ("closed", "archive", {}, {}, AGREED, "file_not_complete_for_archive", "LG-42 Art.42"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "step", "given", "facts", "parts", "code", "cite"), CONFLICTS)
def test_a_gate_refuses_with_its_code_and_article(  # noqa: PLR0917 (a row of the table)
    status: str, step: str, given: dict[str, Any], facts: dict[str, Any], parts: dict[str, Any], code: str, cite: str
) -> None:
    refusal = refused(status, step, given, facts, **parts)
    assert isinstance(refusal, Conflict)
    assert (refusal.code, refusal.cite) == (code, cite)


INPUTS = [
    (
        "take_sample",
        {k: v for k, v in SAMPLE.items() if k != "customer_signer"},
        "customer_signer_required",
        "customer_signer",
    ),
    ("take_sample", SAMPLE | {"customer_signer": "  "}, "customer_signer_required", "customer_signer"),
    ("take_sample", SAMPLE | {"retained": False}, "retained_portion_required", "retained"),
    ("take_sample", {k: v for k, v in SAMPLE.items() if k != "retained"}, "retained_portion_required", "retained"),
    ("take_sample", {k: v for k, v in SAMPLE.items() if k != "standard_ref"}, "standard_ref_required", "standard_ref"),
]


@pytest.mark.parametrize(("step", "given", "code", "field"), INPUTS)
def test_a_sample_needs_both_signers_and_a_retained_portion(
    step: str, given: dict[str, Any], code: str, field: str
) -> None:
    refusal = refused("accepted", step, given, OURS)
    assert isinstance(refusal, Rejected)
    assert (refusal.code, refusal.cite) == (code, "LG-37a Art.37")
    assert list(refusal.fields) == [field]
    label = next(f.label for f in laigang().records_by_id["sample"].fields if f.id == field)
    assert (refusal.title.en, refusal.title.zh) == (f"Needed: {label.en}", f"须填写：{label.zh}")


def test_input_is_judged_before_the_gates() -> None:
    assert refused("accepted", "take_sample", SAMPLE | {"retained": False}).code == "retained_portion_required"


PASSING = [
    ("registered", "route", {}, {}, {"evidence": COMPLETE}),
    ("registered", "route", {}, {"objection_class": "metering"},
     {"evidence": (a_file("objection_letter"), a_file("contract"), a_file("weighing_note"))}),
    ("registered", "route", {}, {"objection_class": "other"}, {"evidence": (a_file("objection_letter"), a_file("contract"))}),
    ("registered", "analyse", {"in_scope": False, "opinion": "外", "explanation": "用户自行加工造成"}, {}, {}),
    ("accepted", "take_sample", SAMPLE, OURS, {}),
    ("accepted", "choose_lab", LAB, OURS, {}),
    ("accepted", "draft_agreement", MODE, CLEAR, {"remedies": (a_remedy("accepted"),)}),
    ("accepted", "draft_agreement", MODE | {"amount_minor": 2_100_000}, CLEAR, {"remedies": (a_remedy(),)}),
    ("accepted", "draft_agreement", MODE | {"amount_minor": 500}, CLEAR, {}),
    ("investigated", "draft_agreement", MODE, CLEAR | {"needs_visit": True},
     {"remedies": (a_remedy(),), "milestones": ("visit.completed",)}),
    ("accepted", "sign_agreement", SIGN, OURS | {"liability_basis": "in_house_lab", "report_ref": "GJ-1"},
     {"documents": (a_paper(fields=CITED),)}),
    ("accepted", "finalise_agreement", {}, CLEAR,
     {"documents": (a_paper(state="signing", signatures=signed_by("customer", "seller")),)}),
    ("notice_issued", "close", {}, {}, {"remedies": (a_remedy("executed"), a_remedy("rejected"))}),
    ("closed", "archive", {}, {}, NOTICED),
    ("not_our_product", "archive", {}, {}, {}),
    ("explained_out_of_scope", "archive", {}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "step", "given", "facts", "parts"), PASSING)
def test_a_gate_lets_pass(
    status: str, step: str, given: dict[str, Any], facts: dict[str, Any], parts: dict[str, Any]
) -> None:
    allowed(status, step, given, facts, **parts)


def test_the_missing_papers_are_listed() -> None:
    refusal = refused("registered", "route", evidence=(a_file("contract"), a_file("photo")))
    assert refusal.fields == {"missing": ["objection_letter", "quality_certificate"]}
    refusal = refused("closed", "archive", documents=(a_paper("result_notice", "draft"),))
    assert refusal.fields == {"missing": ["objection_agreement", "result_notice"]}


def test_goods_that_are_not_ours_end_the_case() -> None:
    done = taken(Dossier(case=a_case(status="accepted")), attempt("confirm_origin", {"origin": "not_ours"}, by="team"))
    assert done.case.status == "not_our_product"
    assert [reached.name for reached in done.reached] == ["origin.not_ours", "case.closed"]


def test_in_scope_opens_the_case_and_gives_it_to_the_team() -> None:
    given = {"in_scope": True, "needs_visit": False, "opinion": "属异议范围"}
    done = taken(Dossier(case=a_case()), attempt("analyse", given, by="clerk"))
    assert (done.case.status, done.case.owner) == ("accepted", "objection_team")
    assert done.case.facts["needs_visit"] is False
    assert [(reached.name, reached.cite) for reached in done.reached] == [("case.accepted", "LG-33 Art.33")]


def test_out_of_scope_is_explained_and_stays_with_its_owner() -> None:
    given = {"in_scope": False, "opinion": "外", "explanation": "用户自行加工造成"}
    done = taken(Dossier(case=a_case()), attempt("analyse", given, by="clerk"))
    assert (done.case.status, done.case.owner) == ("explained_out_of_scope", "business_staff")
    assert done.details == {"in_scope": False, "explanation": "用户自行加工造成"}


def test_whether_a_visit_is_needed_must_be_said_when_the_case_is_opened() -> None:
    refusal = refused("registered", "analyse", {"in_scope": True, "opinion": "属"})
    assert (refusal.code, refusal.fields) == ("input_missing", {"needs_visit": "missing"})


def test_major_is_set_without_moving_the_case() -> None:
    done = taken(Dossier(case=a_case(status="on_site")), attempt("classify", {"severity": "major"}))
    assert (done.case.status, done.case.facts["severity"]) == ("on_site", "major")
    assert done.case.facts["objection_class"] == "quality"


def test_a_transfer_changes_the_owner_and_never_the_first_responder() -> None:
    done = taken(Dossier(case=a_case()), attempt("transfer", {"to": "legal_affairs", "reason": "涉诉"}))
    assert (done.case.owner, done.case.first_responder) == ("legal_affairs", "chen")


def test_the_agreement_takes_its_amount_from_what_was_accepted() -> None:
    dossier = Dossier(
        case=a_case(status="accepted", facts=CLEAR),
        remedies=(a_remedy("rejected", remedy_id="m-0", amount_minor=1), a_remedy(quantity="60")),
    )
    done = taken(dossier, attempt("draft_agreement", MODE))
    assert done.document is not None
    assert done.document.number == "XY-2026-00009"
    assert done.document.fields["amount_minor"] == 2_100_000
    assert done.document.fields["quantity"] == "60"


def test_the_result_notice_repeats_the_agreement() -> None:
    dossier = Dossier(case=a_case(status="agreed"), **AGREED)
    done = taken(dossier, attempt("issue_result_notice"), number="TZ-2026-00001")
    assert done.document is not None
    assert (done.document.state, done.document.number) == ("final", "TZ-2026-00001")
    assert done.document.fields["agreement_no"] == "XY-2026-00001"
    assert done.document.fields["amount_minor"] == 2_100_000
    assert done.document.sha256 is not None
    assert done.case.status == "notice_issued"


def test_the_visit_is_kept_with_what_was_said_at_each_step() -> None:
    dossier = Dossier(case=a_case(status="on_site"), visits=(a_visit("arrived"),))
    done = taken(dossier, attempt("complete_visit", {"findings": "边部裂纹", "liability_basis": "site_evidence"}))
    assert done.visit is not None
    assert (done.visit.state, done.visit.fields["findings"]) == ("completed", "边部裂纹")
    assert [reached.name for reached in done.reached] == ["visit.completed", "liability.determined"]


VERSIONS = tuple(f"remedy/r-{number}@1" for number in range(40))


def test_a_gate_that_reads_what_settlement_said_tells_as_of_which_version() -> None:
    parts: dict[str, Any] = {"remedies": (a_remedy("approved"),), "as_of": ("clock/c@2", "remedy/r@3")}
    assert refused("notice_issued", "close", {}, {}, **parts).fields["as_of"] == ["clock/c@2", "remedy/r@3"]
    many = refused("notice_issued", "close", {}, {}, **(parts | {"as_of": VERSIONS}))
    assert many.fields["as_of"] == list(VERSIONS[8:])


def test_a_gate_that_reads_the_input_only_tells_none() -> None:
    refusal = refused("accepted", "choose_lab", LAB | {"qualified": False}, OURS, as_of=VERSIONS)
    assert "as_of" not in refusal.fields
