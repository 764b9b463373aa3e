"""Taking in cases and contacts: what must be known, classification, ownership, numbers, trust in stated instants."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.intake.cases.rules.case import Case, trusted_instant, trusted_receipt
from services.intake.cases.rules.errors import CaseTypeUnknown, ChannelUnknown, InstantNotTrusted, RoleForbidden
from services.intake.cases.rules.numbering import series
from services.intake.cases.rules.registration import PolicyPin, RegistrationRequest, register
from services.intake.contacts.rules import ContactKindUnknown, ContactRefused, contact_kind, noted
from services.intake.entries.rules.errors import GateRefused, InputRefused
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.section import IntakeSection, Trust
from tests.unit.intake.builders import ACTORS, CLERK, MANAGER, NOW, a_case, laigang, small, small_document

PIN = PolicyPin(pack="p", version=4, today=date(2026, 3, 9))


def registered(
    section: IntakeSection, *, facts: dict[str, Any] | None = None, by: Actor = ACTORS["clerk"], **changes: Any
) -> Case:
    application: dict[str, Any] = {
        "case_type": "quality_objection", "channel": "erp", "customer_ref": "C-1", "order_ref": None,
        "description": None, "facts": facts or {}, "received_at": NOW, "first_responder": by.subject, "contact_id": None,
    }  # fmt: skip
    ids = (OrgId("o"), CaseId("c"))
    return register(RegistrationRequest(**(application | changes)), section, pin=PIN, ids=ids, actor=by, now=NOW).case


@pytest.mark.parametrize(
    ("facts", "objection_class", "severity"),
    [
        ({}, "quality", "normal"),
        ({"defect": "crack"}, "quality", "normal"),
        ({"defect": "weight"}, "metering", "normal"),
        ({"defect": "service"}, "other", "normal"),
        ({"defect": "weight", "objection_class": "quality"}, "quality", "normal"),
        ({"severity": "major"}, "quality", "major"),
    ],
)
def test_the_table_classifies_what_was_not_said(facts: dict[str, Any], objection_class: str, severity: str) -> None:
    case = registered(laigang(), facts=facts)
    assert (case.facts["objection_class"], case.facts["severity"]) == (objection_class, severity)
    assert case.facts["origin"] == "unknown"


@pytest.mark.parametrize(("channel", "owner"), [("erp", "business_staff"), ("walk_in", "quality_objection_clerk")])
def test_the_owner_comes_from_the_table_and_the_first_responder_from_the_token(channel: str, owner: str) -> None:
    case = registered(laigang(), channel=channel)
    assert (case.owner, case.first_responder, case.status, case.version) == (owner, "chen", "registered", 1)


@pytest.mark.parametrize(("pieces", "level", "owner"), [(9, "low", "clerk"), (10, "high", "manager")])
def test_the_first_row_that_holds_decides(pieces: int, level: str, owner: str) -> None:
    case = registered(small(), facts={"missing_pieces": pieces}, case_type="shortage", channel="web", by=CLERK)
    assert (case.facts["level"], case.owner) == (level, owner)


def test_a_fact_may_be_required_by_another_that_is_given_with_it() -> None:
    because = {"id": "reason", "label": {"zh": "原因", "en": "Reason"}, "type": "text", "required_when": "(facts.missing_pieces ?? 0) > 5"}  # fmt: skip
    section = IntakeSection.parse(small_document(facts=[*small_document()["facts"], because]))
    few = registered(section, facts={"missing_pieces": 5}, case_type="shortage", channel="web", by=CLERK)
    assert few.facts["missing_pieces"] == 5
    with pytest.raises(InputRefused) as caught:
        registered(section, facts={"missing_pieces": 6}, case_type="shortage", channel="web", by=CLERK)
    assert (caught.value.code, caught.value.fields) == ("input_missing", {"reason": "missing"})


def test_a_fact_that_a_case_type_requires_is_refused_by_its_own_code_and_rule() -> None:
    coded = {"id": "missing_pieces", "label": {"zh": "少件数", "en": "Missing"}, "type": "integer", "code": "pieces_required", "cite": "SK-6 1.6"}  # fmt: skip
    section = IntakeSection.parse(small_document(facts=[coded, *small_document()["facts"][1:]]))
    with pytest.raises(InputRefused) as caught:
        registered(section, facts={}, case_type="shortage", channel="web", by=CLERK)
    assert (caught.value.code, caught.value.cite) == ("pieces_required", "SK-6 1.6")
    assert caught.value.fields == {"missing_pieces": "missing"}


@pytest.mark.parametrize(
    ("changes", "refusal", "code"),
    [
        ({"case_type": "nonsense"}, CaseTypeUnknown, "case_type_unknown"),
        ({"channel": "pigeon"}, ChannelUnknown, "channel_unknown"),
        ({"channel": "phone"}, ChannelUnknown, "channel_unknown"),
        ({"by": MANAGER}, RoleForbidden, "role_forbidden"),
        ({"facts": {}}, InputRefused, "input_missing"),
        ({"facts": {"missing_pieces": "3"}}, InputRefused, "input_invalid"),
        ({"facts": {"missing_pieces": 3, "level": "high"}}, InputRefused, "input_invalid"),
        ({"facts": {"missing_pieces": 0}}, GateRefused, "nothing_missing"),
    ],
)
def test_refused(changes: dict[str, Any], refusal: type[ServiceError], code: str) -> None:
    given: dict[str, Any] = {
        "facts": {"missing_pieces": 3},
        "case_type": "shortage",
        "channel": "web",
        "by": CLERK,
    } | changes
    with pytest.raises(refusal) as refused:
        registered(small(), **given)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("pattern", "on", "value", "number"),
    [
        ("QO-{yyyy}{mm}-{seq:5}", date(2026, 3, 9), 1, "QO-202603-00001"),
        ("QO-{yyyy}{mm}-{seq:5}", date(2026, 12, 31), 99_999, "QO-202612-99999"),
        ("QO-{yyyy}{mm}-{seq:5}", date(2026, 12, 31), 100_000, "QO-202612-100000"),
        ("S{yy}{mm}{dd}-{seq:3}号", date(2026, 3, 9), 7, "S260309-007号"),
        ("D-{seq:1}", date(2026, 3, 9), 12, "D-12"),
    ],
)
def test_numbers(pattern: str, on: date, value: int, number: str) -> None:
    assert series(pattern, on=on).number(value) == number


def test_a_series_begins_anew_with_its_dates_only() -> None:
    monthly = "QO-{yyyy}{mm}-{seq:5}"
    assert series(monthly, on=date(2026, 3, 1)).key == series(monthly, on=date(2026, 3, 31)).key
    assert series(monthly, on=date(2026, 3, 31)).key != series(monthly, on=date(2026, 4, 1)).key


THIRTY = timedelta(days=30)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("stated", [None, NOW, NOW - SECOND, NOW - THIRTY])
def test_a_receipt_is_believed(stated: datetime | None) -> None:
    assert trusted_receipt(stated, now=NOW, trust=Trust()) == (stated or NOW)


@pytest.mark.parametrize(
    ("stated", "code", "fields"),
    [
        (NOW + SECOND, "received_in_future", {}),
        (NOW - THIRTY - SECOND, "received_too_long_ago", {"days": 30}),
    ],
)
def test_a_receipt_is_not_believed(stated: datetime, code: str, fields: dict[str, int]) -> None:
    with pytest.raises(InstantNotTrusted) as refusal:
        trusted_receipt(stated, now=NOW, trust=Trust())
    assert (refusal.value.code, refusal.value.fields) == (code, fields)


LAST = NOW - timedelta(hours=5)


@pytest.mark.parametrize("stated", [LAST, NOW, NOW - timedelta(hours=1)])
def test_a_step_s_instant_is_believed(stated: datetime) -> None:
    assert trusted_instant(a_case(last_at=LAST), stated, now=NOW, trust=Trust()) == stated


@pytest.mark.parametrize(
    ("stated", "last", "code", "fields"),
    [
        (NOW + SECOND, LAST, "at_in_future", {}),
        (LAST - SECOND, LAST, "at_before_previous_step", {}),
        (NOW - timedelta(hours=168, seconds=1), NOW - timedelta(days=20), "at_too_long_ago", {"hours": 168}),
    ],
)
def test_a_step_s_instant_is_not_believed(stated: datetime, last: datetime, code: str, fields: dict[str, int]) -> None:
    with pytest.raises(InstantNotTrusted) as refusal:
        trusted_instant(a_case(last_at=last), stated, now=NOW, trust=Trust())
    assert (refusal.value.code, refusal.value.fields) == (code, fields)


def test_the_oldest_instant_that_is_trusted_is_believed() -> None:
    oldest = NOW - timedelta(hours=168)
    assert trusted_instant(a_case(last_at=NOW - timedelta(days=20)), oldest, now=NOW, trust=Trust()) == oldest


@pytest.mark.parametrize(("last", "at"), [(LAST, NOW), (NOW + SECOND, NOW + SECOND)])
def test_without_a_stated_instant_a_step_happens_now_and_never_before_the_last(last: datetime, at: datetime) -> None:
    assert trusted_instant(a_case(last_at=last), None, now=NOW, trust=Trust()) == at


def note(kind: str, *, caller: dict[str, str | None] | None = None, **fields: Any) -> dict[str, Any]:
    rules = contact_kind(laigang(), kind)
    return dict(noted(laigang(), rules, channel="phone", caller=caller or {}, fields=fields, actor=ACTORS["clerk"]))


@pytest.mark.parametrize(("rings", "apology"), [(4, False), (5, True)])
def test_more_than_four_rings_ask_for_an_apology(rings: int, apology: bool) -> None:
    assert note("complaint", ring_count=rings)["apology_required"] is apology


def test_an_important_call_is_read_back() -> None:
    with pytest.raises(ContactRefused) as refusal:
        note("complaint", importance="important", readback_confirmed=False)
    assert (refusal.value.code, refusal.value.cite) == ("readback_required", "LG-11a Art.11")
    note("complaint", importance="important", readback_confirmed=True)
    note("complaint", importance="normal", readback_confirmed=False)


def test_a_message_for_a_colleague_needs_the_caller_s_phone() -> None:
    caller: dict[str, str | None] = {"organisation": "江苏某厂", "name": "李", "phone": None}
    with pytest.raises(InputRefused) as refusal:
        note("relay", caller=caller, relay_to="王工")
    assert refusal.value.fields == {"phone": "missing"}
    assert note("relay", caller=caller | {"phone": "0510-1"}, relay_to="王工")["relay_to"] == "王工"


@pytest.mark.parametrize("kind", ["order", "query", "consult", "complaint"])
def test_the_four_web_contacts_are_taken(kind: str) -> None:
    assert contact_kind(laigang(), kind).cite.split("; ")[0] == "LG-24 Art.24"


def test_no_other_contact_is() -> None:
    with pytest.raises(ContactKindUnknown):
        contact_kind(laigang(), "x")


def test_the_case_is_reached_when_it_came_in() -> None:
    early = datetime(2026, 3, 1, tzinfo=UTC)
    case = registered(laigang(), received_at=early)
    assert (case.received_at, case.registered_at, case.milestones[0].at) == (early, NOW, early)
