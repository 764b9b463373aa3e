"""The notify section of a pack: what publication refuses, and what it takes for granted."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts import intake, notify, settlement, sla
from shared.contracts.envelope import Contract
from shared.packs.language.types import Placed
from shared.packs.notify.model.section import NotifySection
from shared.packs.notify.names import CONTRACT_OF_EVENT
from shared.packs.publishing.check_texts import check_texts
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.registry import declared, referenced, scopes
from tests.support.notify_cases import TEXT, TOLD, a_document, a_rule, a_section
from tests.support.sections import Refused, checked


def told(zh: str, en: str = "Hello") -> dict[str, Any]:
    return {"id": "told", "locales": {"zh-CN": {"subject": "x", "body": zh}, "en": {"subject": "x", "body": en}}}


def text_errors(section: NotifySection) -> list[Placed]:
    """What is wrong in the texts, of a pack of which only this section is known."""
    draft = draft_of({"notify": section.model_dump(mode="json")})
    return [(each.path, each.message) for each in check_texts(draft)]


def test_a_small_section_is_accepted_and_survives_a_round_trip() -> None:
    section = a_section(a_rule(when="facts.severity == 'major'", deadline={"amount": 4, "unit": "hour"}))
    assert NotifySection.parse(section.model_dump(mode="json")) == section


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("case.accepted", "{{ event.details.anything }} {{ document.fields.amount_minor | money }} {{ record.kind }}"),
        ("case.registered", "{{ event.channel }} {{ case.received_at | instant }}"),
        ("clock.breached", "{{ event.due_at | instant }} {{ event.label | text }} {{ event.cite }}"),
        ("extension.requested", "{{ event.proposed_due_at | instant }} {{ event.approver_role }}"),
        ("remedy.offered", "{{ event.amount | money }} {{ event.quantity | quantity }}"),
        ("remedy.executed", "{{ event.net | money }} {{ event.tax | money }}"),
        ("evidence.added", "{{ event.kind }}"),
    ],
)
def test_texts_may_use_the_fields_of_their_event(event: str, body: str) -> None:
    assert text_errors(a_section(a_rule(on=event), templates=[told(body, body)])) == []


@pytest.mark.parametrize(
    ("event", "body", "fault"),
    [
        ("clock.breached", "{{ event.amount | money }}", "event.amount"),
        ("clock.breached", "{{ document.number }}", "document.number"),
        ("case.accepted", "{{ event.due_at | instant }}", "event.due_at"),
        ("case.accepted", "{{ case.colour }}", "case.colour"),
        ("case.accepted", "{{ party.email }}", "party.email"),
        ("case.accepted", "{{ party.phone }}", "party.phone"),
        ("case.accepted", "{{ secrets }}", "secrets"),
        ("case.accepted", "{{ _zone }}", "_zone"),
        ("remedy.offered", "{{ event.amount }}", "choose a field"),
        ("clock.breached", "{{ event.label }}", "choose a field"),
    ],
)
def test_a_text_that_cannot_be_said_is_refused_at_its_place(event: str, body: str, fault: str) -> None:
    ((path, message),) = text_errors(a_section(a_rule(on=event), templates=[told("您好", body)]))
    assert path == ("templates", 0, "locales", "en", "body")
    assert fault in message


def test_each_event_of_a_rule_is_tried() -> None:
    body = "{{ event.due_at | instant }}"
    assert text_errors(a_section(a_rule(on=["clock.warned", "clock.breached"]), templates=[told(body, body)])) == []
    faults = text_errors(a_section(a_rule(on=["clock.warned", "remedy.offered"]), templates=[told(body, body)]))
    assert [message.partition(":")[0] for _, message in faults] == ["on remedy.offered"] * 2


@pytest.mark.parametrize(
    "changed",
    [
        {"templates": [TOLD, TOLD]},
        {"rules": [a_rule(), a_rule()]},
        {"templates": [{"id": "told", "locales": {"zh-CN": TEXT}}]},
        {"rules": [a_rule(recipients=[])]},
        {"rules": [a_rule(channels=["pigeon"])]},
        {"rules": [a_rule(cite="no rule")]},
        {"rules": [a_rule(cite="")]},
        {"rules": [a_rule(on=[])]},
        {"rules": [a_rule(once_per="year")]},
        {"rules": [a_rule(deadline={"amount": 0, "unit": "hour"})]},
        {"rules": [a_rule(unknown=1)]},
        {"rules": [a_rule(when="1 +")]},
        {"addresses": [{"email": "a@example.com"}]},
        {"addresses": [{"role": "finance", "subject": "u", "email": "a@example.com"}]},
        {"addresses": [{"role": "finance", "email": "a@example.com\nBcc: b@example.com"}]},
        {"addresses": [{"role": "finance", "email": "财务@example.com"}]},
        {"addresses": [{"role": "finance", "email": "nowhere"}]},
    ],
)
def test_what_publication_refuses(changed: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, Refused)):
        checked(NotifySection, a_document(**changed))


def test_names_for_the_cross_check() -> None:
    section = a_section(
        a_rule(recipients=[{"role": "customer"}, {"role": "owner"}, {"role": "finance"}]),
        templates=[told("{{ facts.product }}", "{{ labels.severity }}")],
        addresses=[{"role": "team", "email": "team@example.com"}, {"subject": "u1", "email": "u1@example.com"}],
    )
    wanted = referenced(section)
    assert [name for _, name in wanted.roles] == ["finance", "team"]
    assert [name for _, name in wanted.facts] == ["product", "severity"]
    assert [name for _, name in wanted.events] == ["case.accepted"]
    assert [name for _, name in wanted.templates] == ["told"]
    assert [name for _, name in declared(section).templates] == ["told"]
    assert wanted.facts[0][0] == ("templates", 0, "locales", "zh-CN", "body")


def test_expressions_know_the_fields_of_their_event() -> None:
    scope = scopes(a_section(a_rule(on="clock.breached")))[0]
    assert scope.path == ("rules", 0)
    assert {"clock", "due_at", "name"} <= (scope.roots["event"] or frozenset())
    assert "document" not in scope.roots


def test_every_event_that_a_rule_may_be_on_is_known_with_its_fields() -> None:
    found = {
        thing
        for module in (intake, sla, settlement, notify)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Contract) and "TYPE" in vars(thing)
    }
    unheard = {
        *(intake.PartyRecordedV1, intake.CaseAdvancedV1, notify.MessageSentV1),
        *(intake.LinkIssuedV1, intake.LinkRevokedV1, intake.CaseCorrectedV1, notify.MessageToDoV1),
    }
    assert set(CONTRACT_OF_EVENT.values()) == found - unheard
