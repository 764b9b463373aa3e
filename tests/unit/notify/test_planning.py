"""Rules → messages: who is told what, over what, and what stands in the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.cases.rules import Party
from services.notify.delivery.rules.delivery_context import objection
from services.notify.messages.rules import Message, State, Words
from tests.support.notify_cases import (
    CUSTOMER,
    EVENT_ID,
    NINE,
    a_case,
    a_message,
    a_rule,
    a_section,
    an_event,
    fallback,
    planned,
    recipients,
)

TEAM_MAIL = {"role": "team", "email": "team@example.com"}
FINANCE_MAIL = {"role": "finance", "email": "finance@example.com"}


def only(messages: list[Message]) -> Message:
    assert len(messages) == 1
    return messages[0]


def to(role: str, **changed: Any) -> dict[str, Any]:
    return a_rule(recipients=[{"role": role}], **changed)


def test_the_customer_is_mailed_in_his_language() -> None:
    message = only(planned(a_section()))

    assert (message.state, message.identity.channel, message.address) == (
        State.QUEUED, "email", "buyer@customer.example",
    )  # fmt: skip
    assert message.words == Words(
        subject="O-00001", body="华东钢构", sender_name="本公司", sender_email="we@example.com"
    )
    assert (message.locale, message.due_at, message.on, message.cite) == ("zh-CN", NINE, "case.accepted", "X-5 Art.5")


@pytest.mark.parametrize(
    ("stated", "written"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh", "zh-CN"),
        ("en", "en"),
        ("en-US", "en"),
        ("fr", "en"),
        ("", "zh-CN"),
    ],
)
def test_languages(stated: str, written: str) -> None:
    assert only(planned(a_section(), parties=[replace(CUSTOMER, locale=stated)])).locale == written


def test_an_event_of_which_no_rule_speaks_causes_nothing() -> None:
    assert planned(a_section(), an_event("case.archived")) == []


@pytest.mark.parametrize(("severity", "count"), [("major", 1), ("normal", 0)])
def test_a_condition_decides(severity: str, count: int) -> None:
    section = a_section(a_rule(when="facts.severity == 'major'"))
    assert len(planned(section, case=a_case(facts={"severity": severity}))) == count


@pytest.mark.parametrize(
    ("role", "address", "name"),
    [
        ("owner", "role:team", "小组"),
        ("finance", "role:finance", "财务部"),
        ("first_responder", "subject:chen", "chen"),
    ],
)
def test_a_colleague_without_an_address_has_an_inbox(role: str, address: str, name: str) -> None:
    message = only(planned(a_section(to(role))))

    assert (message.state, message.identity.channel, message.address) == (State.SENT, "internal", address)
    assert (message.attempts, message.ended_at, message.words.body) == (1, NINE, name)


def test_the_owner_is_named_by_the_role_that_owns() -> None:
    assert only(planned(a_section(to("owner")))).identity.recipient == "team"
    assert only(planned(a_section(to("first_responder")))).identity.recipient == "first_responder"


def test_a_packs_address_is_used_and_a_party_on_the_case_wins() -> None:
    section = a_section(to("finance"), addresses=[FINANCE_MAIL])
    party = Party(role="finance", name="王会计", email="wang@example.com", phone=None, locale="zh-CN")

    assert only(planned(section)).address == "finance@example.com"
    assert only(planned(section, parties=[party])).address == "wang@example.com"
    assert only(planned(section, parties=[replace(party, email=None)])).address == "finance@example.com"


def test_a_person_is_found_by_subject() -> None:
    section = a_section(to("first_responder"), addresses=[{"subject": "chen", "email": "chen@example.com"}])
    assert only(planned(section)).address == "chen@example.com"
    assert only(planned(section, case=a_case(first_responder="li"))).address == "subject:li"


@pytest.mark.parametrize("parties", [[], [replace(CUSTOMER, email=None)]])
def test_a_customer_who_cannot_be_reached_is_skipped_with_the_reason(parties: list[Party]) -> None:
    message = only(planned(a_section(), parties=parties))
    assert (message.state, message.reason, message.ended_at) == (State.SKIPPED, "recipient_unreachable", NINE)


def test_channels_are_tried_in_their_order() -> None:
    section = a_section(to("finance", channels=["webhook", "email", "internal"]), addresses=[FINANCE_MAIL])

    assert only(planned(section)).identity.channel == "email"
    assert only(planned(section)).fallback == ("internal",)
    hooked = only(planned(section, endpoint_id="endpoint-1"))
    assert (hooked.identity.channel, hooked.identity.endpoint_id) == ("webhook", "endpoint-1")


def test_one_person_in_two_roles_is_told_once() -> None:
    section = a_section(a_rule(recipients=[{"role": "owner"}, {"role": "team"}]), addresses=[TEAM_MAIL])
    assert len(planned(section)) == 1


@pytest.mark.parametrize(
    ("channel", "one", "other", "count"),
    [
        ("email", "desk@lamps.example", "desk@Lamps.EXAMPLE", 1),
        ("email", "desk@xn--bcher-kva.example", "desk@XN--Bcher-KVA.example", 1),
        ("email", "desk@lamps.example", "Desk@lamps.example", 2),
        ("email", "desk@lamps.example", "desk@sub.lamps.example", 2),
        ("phone", "+86 21 5555-0001", "+8621 (5555) 0001", 1),
        ("fax", "021/5555-0001", "021 55550001", 1),
        ("phone", "+86 21 5555-0001", "021 5555-0001", 2),
        ("letter", "1 Quay Road\nHall 2", "1 Quay Road  Hall 2", 1),
        ("letter", "1 Quay Road, Hall 2", "1 Quay Road, Hall 3", 2),
    ],
)
def test_a_place_written_in_two_ways_is_told_once(channel: str, one: str, other: str, count: int) -> None:
    section = a_section(
        a_rule(recipients=[{"role": "finance"}, {"role": "team"}], channels=[channel]),
        addresses=[{"role": "finance", channel: one}, {"role": "team", channel: other}],
    )
    messages = planned(section)
    assert [message.address for message in messages] == [one, other][:count]


def test_the_address_on_a_case_and_that_of_the_pack_are_one_place() -> None:
    section = a_section(
        a_rule(recipients=[{"role": "team"}, {"role": "customer"}]),
        addresses=[{"role": "team", "email": "buyer@Customer.example"}],
    )
    assert only(planned(section)).address == "buyer@Customer.example"


def test_two_customers_who_cannot_be_reached_are_two_messages() -> None:
    rules = [a_rule(id="one"), a_rule(id="two")]
    assert len(planned(a_section(*rules), parties=[])) == 2


def test_a_step_with_two_milestones_speaks_once_per_rule() -> None:
    section = a_section(a_rule(on=["case.accepted", "case.closed"]))
    message = only(planned(section, an_event("case.closed", "case.accepted")))
    assert message.on == "case.closed"


@pytest.mark.parametrize(("once_per", "occasion"), [("event", EVENT_ID), ("case", "case")])
def test_identity_carries_the_event_unless_the_rule_speaks_once_per_case(once_per: str, occasion: str) -> None:
    assert only(planned(a_section(a_rule(once_per=once_per)))).identity.occasion == occasion


def test_a_condition_that_cannot_be_evaluated_is_a_visible_failure() -> None:
    section = a_section(a_rule(id="bad", when="facts.product > 3"), a_rule(id="good"))
    bad, good = planned(section)
    assert (bad.state, bad.reason) == (State.FAILED, "condition_failed")
    assert good.state is State.QUEUED


def test_a_text_that_cannot_be_rendered_is_a_visible_failure() -> None:
    text = {"subject": "x", "body": "{{ facts.severity | money }}"}
    section = a_section(templates=[{"id": "told", "locales": {"zh-CN": text, "en": text}}])
    message = only(planned(section))
    assert (message.state, message.reason, message.words.body) == (State.FAILED, "template_failed", "")


def test_labels_stand_in_the_recipients_language() -> None:
    text = {
        "subject": "x",
        "body": "{{ case.status_label }}/{{ case.owner_label }}/{{ labels.severity }}/{{ labels.product }}",
    }
    section = a_section(templates=[{"id": "told", "locales": {"zh-CN": text, "en": text}}])
    assert only(planned(section)).words.body == "处理中/小组/重大/—"
    assert only(planned(section, parties=[replace(CUSTOMER, locale="en")])).words.body == "Open/Team/Major/—"


def test_a_subject_is_one_line_of_at_most_two_hundred_characters() -> None:
    text = {"subject": "{{ facts.severity }}\n  {{ party.name }}", "body": "x"}
    section = a_section(templates=[{"id": "told", "locales": {"zh-CN": text, "en": text}}])
    long = replace(CUSTOMER, name="长" * 300)
    assert only(planned(section, parties=[long])).words.subject == ("major " + "长" * 300)[:200]


# At the moment of sending


@pytest.mark.parametrize(
    ("after", "reason"),
    [(timedelta(), None), (timedelta(hours=4), None), (timedelta(hours=4, microseconds=1), "deadline_passed")],
)
def test_a_message_expires_strictly_after_its_deadline(after: timedelta, reason: str | None) -> None:
    message = only(planned(a_section(a_rule(deadline={"amount": 4, "unit": "hour"}))))
    assert objection(message, rule=None, case=None, now=NINE + after) == reason


@pytest.mark.parametrize(
    ("milestones", "reason"), [(("case.accepted",), None), (("case.accepted", "case.closed"), "case_moved_on")]
)
def test_what_is_no_longer_true_is_not_said(milestones: tuple[str, ...], reason: str | None) -> None:
    section = a_section(a_rule(still_valid="not(contains(case.milestones, 'case.closed'))"))
    message = only(planned(section))
    assert message.is_rechecked
    assert objection(message, rule=section.rules[0], case=a_case(milestones=milestones), now=NINE) == reason


def test_a_recheck_that_cannot_be_evaluated_says_so() -> None:
    section = a_section(a_rule(still_valid="facts.product > 3"))
    assert objection(a_message(), rule=section.rules[0], case=a_case(), now=NINE) == "condition_failed"


# After a failure


def test_the_next_channel_says_the_same_words_under_another_identity() -> None:
    section = a_section(to("finance"), addresses=[FINANCE_MAIL])
    mail = only(planned(section))
    failed = replace(mail, state=State.FAILED, ended_at=NINE, due_at=None, reason="smtp_refused", attempts=1)

    second = fallback(failed, section.rules[0], recipients(section), new_id="second")

    assert second is not None
    assert (second.message_id, second.identity.channel, second.state) == ("second", "internal", State.SENT)
    assert (second.words, second.fallback, second.reason) == (mail.words, (), None)


def test_a_customer_has_no_inbox_to_fall_back_to() -> None:
    section = a_section()
    failed = replace(a_message(State.FAILED), fallback=("webhook", "internal"))
    assert fallback(failed, section.rules[0], recipients(section), new_id="second") is None
