"""Who may take which step after which, who answers first, and what of a case a customer sees."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from services.intake.cases.rules.errors import CaseTypeUnknown, FirstResponderUnnamed
from services.intake.cases.rules.registration import first_responder_of
from services.intake.dossier.rules.dossier import Dossier
from services.intake.evidence.rules import Evidence
from services.intake.my import rules
from services.intake.workflow.rules.errors import StepOutOfOrder, TakenBySamePerson
from services.intake.workflow.rules.permit import require_another_person
from shared.kernel.actor import SYSTEM, Actor, Kind
from shared.kernel.errors import FieldValue, NotFound
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.load import load_pack
from tests.unit.intake.builders import NOW, a_case, laigang

LI = Actor(subject="li")
ERP = Actor(subject="erp", kind=Kind.MACHINE)
LI_BY_CRM = Actor(subject="li", kind=Kind.MACHINE, client="crm")


@cache
def wisco() -> IntakeSection:
    sections = load_pack("wisco").sections
    assert sections is not None
    return sections.intake


def asked_by(*subjects: str) -> Dossier:
    return Dossier(case=a_case(), taken_by={"report_upward": frozenset(subjects)})


@pytest.mark.parametrize("actor", [LI, LI_BY_CRM])
def test_whoever_asked_does_not_widen_not_even_through_a_machine(actor: Actor) -> None:
    widen = wisco().steps_by_id["widen_plan"]
    with pytest.raises(TakenBySamePerson) as refused:
        require_another_person(widen, asked_by("chen", "li"), actor)
    assert (refused.value.fields, refused.value.cite) == ({"step": "report_upward"}, widen.cite)


def test_another_person_widens_and_so_does_the_system() -> None:
    widen = wisco().steps_by_id["widen_plan"]
    require_another_person(widen, asked_by("chen"), LI)
    require_another_person(widen, asked_by(), LI)
    require_another_person(widen, asked_by(SYSTEM.subject), SYSTEM)


def test_a_step_without_a_pair_is_open_to_whoever_took_others() -> None:
    report = wisco().steps_by_id["report_upward"]
    require_another_person(report, asked_by("li"), LI)


@pytest.mark.parametrize(
    ("actor", "responder"),
    [(LI, "li"), (LI_BY_CRM, "li"), (SYSTEM, "system"), (ERP, "role:business_staff")],
)
def test_the_first_responder_is_a_person_or_a_role_and_no_machine(actor: Actor, responder: str) -> None:
    assert first_responder_of(laigang(), "quality_objection", actor=actor) == responder


def test_a_machine_for_itself_registers_nothing_for_which_no_role_answers() -> None:
    sections = load_pack("duty_centre").sections
    assert sections is not None
    with pytest.raises(FirstResponderUnnamed) as refused:
        first_responder_of(sections.intake, "complaint", actor=ERP)
    assert refused.value.cite == sections.intake.case_types_by_id["complaint"].cite
    with pytest.raises(CaseTypeUnknown):
        first_responder_of(sections.intake, "no_such_type", actor=ERP)
    assert first_responder_of(sections.intake, "complaint", actor=LI) == "li"


def shown(**changes: Any) -> Dossier:
    return Dossier(case=a_case(**changes))


def test_a_purged_case_and_one_of_an_unmarked_type_are_not_seen() -> None:
    rules.require_shown(shown().case, laigang())
    for changes in ({"is_purged": True}, {"case_type": "no_such_type"}):
        with pytest.raises(NotFound):
            rules.require_shown(shown(**changes).case, laigang())
    with pytest.raises(NotFound):
        rules.require_shown(shown(case_type="rectification").case, wisco())


@pytest.mark.parametrize(
    ("status", "words"),
    [("accepted", "Opened and being handled"), ("registered", "Being handled"), ("archived", "Closed")],
)
def test_a_status_without_words_for_customers_tells_only_whether_it_is_open(status: str, words: str) -> None:
    assert rules.words_of(laigang().statuses_by_id[status]).en == words


def file(name: str, *, by_customer: bool) -> Evidence:
    added: datetime = NOW
    return Evidence(
        evidence_id=name, kind="photo", media_type="image/png", size=1, sha256="0" * 64, filename=None,
        added_at=added, added_by="someone", by_customer=by_customer,
    )  # fmt: skip


def test_only_what_customers_filed_is_theirs() -> None:
    dossier = replace(shown(), evidence=(file("own", by_customer=True), file("staff", by_customer=False)))
    assert [each.evidence_id for each in rules.files(dossier)] == ["own"]


def test_the_customers_step_is_found_and_every_other_does_not_exist() -> None:
    assert rules.own_step(laigang(), "sign_agreement", case_type="quality_objection").id == "sign_agreement"
    for step in ("analyse", "issue_result_notice", "no_such_step"):
        with pytest.raises(NotFound):
            rules.own_step(laigang(), step, case_type="quality_objection")


def test_a_refusal_keeps_code_and_citation_and_loses_what_is_inside() -> None:
    fields: dict[str, FieldValue] = {
        "roles": ["finance"],
        "status": "routed",
        "allowed_from": ["accepted"],
        "looks": {"earlier": 2},
        "case": "C-00007",
        "case_id": "01890a5d-ac96-774b-bcce-b302099a8058",
        "missing": ["photo"],
    }
    with pytest.raises(StepOutOfOrder) as refused, rules.told_to_customer():
        raise StepOutOfOrder(cite="X-1", fields=fields)
    assert (refused.value.cite, refused.value.fields) == ("X-1", {"missing": ["photo"]})
