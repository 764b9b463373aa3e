"""A case as it is registered, what the pack's tables and gates see of it, and each refusal whole."""

from datetime import date
from typing import Any

import pytest

from services.intake.cases.rules.case import Case, Reached
from services.intake.cases.rules.classification import classified, owner_of
from services.intake.cases.rules.errors import CaseTypeUnknown, ChannelUnknown, RoleForbidden
from services.intake.cases.rules.registration import PolicyPin, Registration, RegistrationRequest, register
from services.intake.entries.rules.errors import GateRefused, InputRefused, RuleFailed
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection
from tests.unit.intake.builders import CASE, CLERK, MANAGER, NOW, ORG, RECEIVED, small, small_document, text

PIN = PolicyPin(pack="small", version=4, today=date(2026, 3, 9))
CITE = "SK-1 1.1"


def registered(section: IntakeSection | None = None, *, by: Actor = CLERK, **changes: Any) -> Registration:
    request: dict[str, Any] = {
        "case_type": "shortage", "channel": "web", "customer_ref": "C-1", "order_ref": "SO-1", "description": "少了三件",
        "facts": {"missing_pieces": 3}, "received_at": RECEIVED, "first_responder": "chen", "contact_id": "contact-1",
    }  # fmt: skip
    asked = RegistrationRequest(**(request | changes))
    return register(asked, section or small(), pin=PIN, ids=(ORG, CASE), actor=by, now=NOW)


def test_a_new_case_is_complete_but_for_its_number() -> None:
    made = registered()
    assert made.case == Case(
        org=ORG,
        case_id=CASE,
        number="",
        case_type="shortage",
        channel="web",
        status="open",
        pack="small",
        policy_version=4,
        received_at=RECEIVED,
        registered_at=NOW,
        first_responder="chen",
        owner="clerk",
        customer_ref="C-1",
        order_ref="SO-1",
        description="少了三件",
        contact_id="contact-1",
        facts={"missing_pieces": 3, "level": "low"},
        milestones=(Reached(name="case.registered", at=RECEIVED, step=None, cite=CITE),),
        last_at=RECEIVED,
        version=1,
    )
    assert made.series.number(7) == "S260309-007"


@pytest.mark.parametrize(
    ("changes", "refusal", "cite", "fields"),
    [
        ({"case_type": "nonsense"}, CaseTypeUnknown, None, {"allowed": ["delay", "shortage"]}),
        ({"channel": "phone"}, ChannelUnknown, CITE, {"allowed": ["web"]}),
        ({"by": MANAGER}, RoleForbidden, CITE, {"roles": ["clerk"]}),
        ({"facts": {}}, InputRefused, CITE, {"missing_pieces": "missing"}),
        ({"facts": {"missing_pieces": "3"}}, InputRefused, CITE, {"missing_pieces": "not_integer"}),
        ({"facts": {"missing_pieces": 0}}, GateRefused, "SK-2 1.2", {}),
    ],
)
def test_a_refusal_cites_the_case_type_or_the_gate_and_says_what_a_client_may_act_on(
    changes: dict[str, Any], refusal: type[ServiceError], cite: str | None, fields: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        registered(**changes)
    assert (refused.value.cite, refused.value.fields) == (cite, fields)


def test_a_gate_of_registration_sees_what_is_known_then_and_that_nothing_else_is_there_yet() -> None:
    read = {
        "kind": "case.case_type", "through": "case.channel", "received": "case.received_at", "order": "case.order_ref",
        "first": "case.first_responder", "subject": "actor.subject", "roles": "actor.roles", "now": "now", "at": "at",
        "level": "facts.level", "milestones": "len(milestones)", "documents": "len(keys(documents))",
        "records": "len(keys(records))", "visits": "len(visits)", "evidence": "evidence.count",
        "kinds": "len(evidence.kinds)", "files": "len(keys(files))", "remedies": "len(remedies)",
        "clocks": "len(keys(clocks))", "links": "len(keys(links))",
    }  # fmt: skip
    gate = {"that": "facts.level == 'high'", "code": "shown", "cite": CITE, "message": text("看"), "fields": read}
    types = [{**kind, "require": [gate]} for kind in small_document()["case_types"]]
    with pytest.raises(GateRefused) as refused:
        registered(IntakeSection.parse(small_document(case_types=types)))
    assert refused.value.fields == {
        "kind": "shortage",
        "through": "web",
        "received": "2026-03-05T01:00:00Z",
        "order": "SO-1",
        "first": "chen",
        "subject": "li",
        "roles": ["clerk"],
        "now": "2026-03-09T02:00:00Z",
        "at": "2026-03-05T01:00:00Z",
        "level": "low",
        **dict.fromkeys(["milestones", "documents", "records", "visits", "evidence", "kinds"], 0),
        **dict.fromkeys(["files", "remedies", "clocks", "links"], 0),
    }


def tables(*rows: dict[str, Any], mode: str = "all", owners: list[dict[str, Any]] | None = None) -> IntakeSection:
    changes: dict[str, Any] = {"owners": owners} if owners else {}
    return IntakeSection.parse(small_document(classification={"mode": mode, "rows": list(rows)}, **changes))


def test_each_row_of_the_table_sees_what_those_before_it_set() -> None:
    one_more = {"when": "true", "set": {"missing_pieces": "facts.missing_pieces + 1"}, "cite": "SK-4 1.4"}
    high = {"when": "facts.missing_pieces > 3", "set": {"level": "'high'"}, "cite": "SK-4 1.5"}
    facts = {"missing_pieces": 3, "level": None}
    assert classified(tables(one_more, high), "shortage", facts=facts, context={}) == {
        "missing_pieces": 4,
        "level": "high",
    }
    assert classified(tables(high, one_more), "shortage", facts=facts, context={}) == {
        "missing_pieces": 4,
        "level": None,
    }


@pytest.mark.parametrize(
    ("assigned", "cite"),
    [
        ("facts.missing_pieces + 1", "SK-4 1.4"),
        ({"value": "facts.missing_pieces + 1", "cite": "SK-4 1.9"}, "SK-4 1.9"),
    ],
)
def test_a_value_that_cannot_be_computed_is_refused_by_its_own_rule_or_by_that_of_its_row(
    assigned: object, cite: str
) -> None:
    section = tables({"when": "true", "set": {"missing_pieces": assigned}, "cite": "SK-4 1.4"})
    with pytest.raises(RuleFailed) as refused:
        classified(section, "shortage", facts={"missing_pieces": None}, context={})
    assert refused.value.cite == cite


@pytest.mark.parametrize(("pieces", "owner"), [(20, "director"), (10, "manager"), (9, "clerk")])
def test_the_owner_is_that_of_the_first_row_that_holds_and_else_of_the_last(pieces: int, owner: str) -> None:
    rows = [
        {"when": "facts.missing_pieces >= 20", "owner": "director", "cite": "SK-5 1.5"},
        {"when": "facts.missing_pieces >= 10", "owner": "manager", "cite": "SK-5 1.5"},
        {"owner": "clerk", "cite": "SK-5 1.5"},
    ]
    section = tables({"when": "true", "set": {"level": "'low'"}, "cite": "SK-4 1.4"}, owners=rows)
    assert owner_of(section, context={"facts": {"missing_pieces": pieces}}) == owner
