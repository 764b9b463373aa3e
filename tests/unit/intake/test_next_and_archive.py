"""What may be done next and why not, and what an archive's index holds."""

import pytest

from services.intake.dossier.rules.archive import index_of
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.entries.rules.evaluation import holds, value
from services.intake.workflow.rules.available import next_steps
from services.intake.workflow.rules.step import StepResult
from shared.kernel.actor import Actor
from shared.packs.language.expression import Expression
from tests.unit.intake.builders import (
    ACTORS,
    CLERK,
    MANAGER,
    NOW,
    a_case,
    a_file,
    a_paper,
    a_record,
    a_small_case,
    a_visit,
    attempt,
    laigang,
    signed_by,
    small,
    taken,
)


def offered(dossier: Dossier, by: str) -> dict[str, str | None]:
    actor: Actor = ACTORS[by]
    seen = context(dossier, laigang(), actor=actor, now=NOW)
    return {
        offer.step.id: offer.refusal.code if offer.refusal else None
        for offer in next_steps(dossier, laigang(), actor=actor, seen=seen)
    }


def test_next_for_a_clerk_at_registration() -> None:
    assert offered(Dossier(case=a_case()), "clerk") == {
        "route": "file_incomplete",
        "classify": None,
        "analyse": None,
        "confirm_origin": None,
        "transfer": None,
        "classify_customer": "role_forbidden",
        "report_legal_risk": None,
        "resolve_legal_risk": "role_forbidden",
    }


def test_next_for_the_team_before_the_origin_is_known() -> None:
    assert offered(Dossier(case=a_case(status="accepted", facts={"needs_visit": True})), "team") == {
        "classify": None,
        "confirm_origin": None,
        "dispatch_visit": None,
        "record_liability": None,
        "take_sample": "origin_unconfirmed",
        "choose_lab": "origin_unconfirmed",
        "record_report": None,
        "choose_report_seller": "reports_agree",
        "choose_report_customer": "reports_agree",
        "draft_agreement": "origin_unconfirmed",
        "sign_agreement": "document_state_forbids",
        "finalise_agreement": "second_signature_missing",
        "transfer": None,
        "classify_customer": "role_forbidden",
        "report_legal_risk": None,
        "resolve_legal_risk": "role_forbidden",
        "close": "settlement_not_executed",
    }


def test_a_departed_visit_is_not_departed_again() -> None:
    dossier = Dossier(case=a_case(status="investigated"), visits=(a_visit("arrived"),))
    assert offered(dossier, "team")["dispatch_visit"] == "visit_state_forbids"


@pytest.mark.parametrize(
    ("case_type", "steps"),
    [
        ("shortage", ["draft", "sign", "finalise", "issue", "correct", "hand_over", "finish"]),
        ("delay", ["sign", "finalise", "issue", "correct", "hand_over", "finish"]),
    ],
)
def test_only_steps_of_the_case_s_type_are_next(case_type: str, steps: list[str]) -> None:
    dossier = Dossier(case=a_small_case(case_type=case_type))
    seen = context(dossier, small(), actor=CLERK, now=NOW)
    assert [offer.step.id for offer in next_steps(dossier, small(), actor=CLERK, seen=seen)] == steps


def test_nothing_is_next_in_the_archive() -> None:
    assert offered(Dossier(case=a_case(status="archived")), "everybody") == {}


def small_taken(dossier: Dossier, step: str, by: Actor) -> StepResult:
    return taken(dossier, attempt(step, by=by), small())


def test_the_owner_may_be_what_was_entered() -> None:
    done = taken(Dossier(case=a_small_case()), attempt("hand_over", {"to": "manager"}, by=CLERK), small())
    assert done.case.owner == "manager"


def test_a_step_counts_the_version_up_by_one() -> None:
    done = small_taken(Dossier(case=a_small_case(version=7)), "finish", MANAGER)
    assert (done.case.version, done.case.status, done.case.last_at) == (8, "done", NOW)


def test_the_index_lists_everything_in_a_fixed_order() -> None:
    papers = (
        a_paper("result_notice", "final", document_id="d2"),
        a_paper("objection_agreement", "final", document_id="d1", signatures=signed_by("seller", "customer")),
    )
    dossier = Dossier(
        case=a_case(status="closed"),
        documents=papers,
        records=(a_record(),),
        evidence=(a_file("photo"), a_file("contract")),
    )
    index = index_of(dossier, at=NOW)
    assert [(entry.what, entry.id) for entry in index.entries] == [
        ("document", "d1"),
        ("document", "d2"),
        ("record", "r-1"),
        ("evidence", "e-contract"),
        ("evidence", "e-photo"),
    ]
    assert all(len(entry.sha256) == 64 for entry in index.entries)


def test_the_index_has_another_hash_when_anything_differs() -> None:
    one = index_of(Dossier(case=a_case(), evidence=(a_file("photo"),)), at=NOW)
    same = index_of(Dossier(case=a_case(), evidence=(a_file("photo"),)), at=NOW)
    other = index_of(Dossier(case=a_case(), evidence=(a_file("contract"),)), at=NOW)
    assert one.sha256 == same.sha256
    assert one.sha256 != other.sha256


def test_the_archive_step_carries_the_index() -> None:
    done = small_taken(Dossier(case=a_small_case(status="done"), evidence=(a_file(),)), "file", CLERK)
    assert done.archive is not None
    assert [entry.id for entry in done.archive.entries] == ["e-photo"]
    assert done.case.status == "filed"


def test_an_expression_is_given_what_it_reads_and_nothing_else() -> None:
    seen = {"facts": {"a": "1", "b": object()}, "remedies": [{"state": "executed"}], "case": object()}
    assert holds(Expression("number(facts.a) == 1 and some(remedies, #.state == 'executed')"), seen)
    assert holds(Expression("facts == null or true"), {"facts": None})
    assert holds(Expression("len(keys(facts)) == 1 and facts.a == '1'"), {"facts": {"a": "1"}})
    assert value(Expression("missing.thing"), seen) is None
    assert holds(None, seen)
