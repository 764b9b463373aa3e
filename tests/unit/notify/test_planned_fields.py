"""What a planned message carries of its rule, its event, its recipient and its channel."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.cases.rules import advanced
from services.notify.messages.rules import State
from shared.packs.notify.model.channels import Delivery
from tests.support.notify_cases import (
    CUSTOMER,
    NINE,
    TOLD,
    a_case,
    a_message,
    a_rule,
    a_section,
    an_event,
    fallback,
    planned,
    recipients,
)

FINANCE: dict[str, Any] = {"recipients": [{"role": "finance"}]}


def test_step_and_template_version_are_those_of_the_rule() -> None:
    (message,) = planned(a_section(a_rule(step=3), templates=[TOLD | {"version": 7}]))
    assert (message.identity.step, message.template_version) == (3, 7)


def test_a_deadline_counts_from_the_event_and_not_from_its_arrival() -> None:
    section = a_section(a_rule(deadline={"amount": 4, "unit": "hour"}))
    (message,) = planned(section, replace(an_event(), occurred_at=NINE - timedelta(hours=1)))
    assert message.expires_at == NINE + timedelta(hours=3)


@pytest.mark.parametrize(
    ("channel", "delivery"),
    [("email", Delivery.PROVIDER), ("internal", Delivery.INBOX), ("fax", Delivery.BY_HAND)],
)
def test_a_message_is_delivered_as_its_channel_is(channel: str, delivery: Delivery) -> None:
    mail = {"role": "finance", "email": "finance@example.com"}
    (message,) = planned(a_section(a_rule(channels=[channel], **FINANCE), addresses=[mail]))
    assert message.delivery is delivery


def test_the_next_channel_brings_its_delivery_its_endpoint_and_what_is_left() -> None:
    section = a_section(a_rule(channels=["email", "webhook", "internal", "fax"], **FINANCE))
    identity = replace(a_message().identity, recipient="finance")
    failed = a_message(State.FAILED, identity=identity, fallback=("webhook", "internal", "fax"))
    hooked = fallback(failed, section.rules[0], recipients(section, endpoint_id="endpoint-1"), new_id="next")
    assert hooked is not None
    assert (hooked.identity.channel, hooked.identity.endpoint_id, hooked.address) == (
        "webhook",
        "endpoint-1",
        "endpoint-1",
    )
    assert (hooked.delivery, hooked.fallback) == (Delivery.PROVIDER, ("internal", "fax"))

    told = fallback(replace(hooked, state=State.FAILED), section.rules[0], recipients(section), new_id="last")
    assert told is not None
    assert (told.identity.channel, told.identity.endpoint_id, told.delivery, told.fallback) == (
        "internal", "", Delivery.INBOX, ("fax",),
    )  # fmt: skip


def test_a_number_that_two_roles_share_is_called_once() -> None:
    addresses = [{"role": "finance", "phone": "021 5"}, {"role": "team", "phone": "021 5"}]
    rule = a_rule(channels=["phone"], recipients=[{"role": "finance"}, {"role": "team"}])
    assert len(planned(a_section(rule, addresses=addresses))) == 1
    assert len(planned(a_section(rule, addresses=addresses[:1]))) == 2


@pytest.mark.parametrize(("listed", "written"), [("en", "en"), ("zh-CN", "zh-CN"), (None, "zh-CN")])
def test_a_pack_says_in_which_language_a_role_reads(listed: str | None, written: str) -> None:
    address = {"role": "finance", "email": "finance@example.com"} | ({"locale": listed} if listed else {})
    (message,) = planned(a_section(a_rule(**FINANCE), addresses=[address]))
    assert message.locale == written


def test_a_locale_is_known_in_any_case() -> None:
    (message,) = planned(a_section(), parties=[replace(CUSTOMER, locale="ZH-cn")])
    assert message.locale == "zh-CN"


@pytest.mark.parametrize(("locale", "named"), [("zh-CN", "客户"), ("en", "Customer")])
def test_who_has_no_name_and_a_role_without_label(locale: str, named: str) -> None:
    text = {"subject": "x", "body": "{{ party.name }}/{{ case.owner_label }}"}
    section = a_section(
        a_rule(channels=["fax"]),
        templates=[{"id": "told", "locales": {"zh-CN": text, "en": text}}],
        defaults={"locale": locale, "sender": {"name": {"zh": "本公司", "en": "We"}, "email": "we@example.com"}},
    )
    (message,) = planned(section, parties=(), case=a_case(owner="warehouse"))
    assert message.words.body == f"{named}/warehouse"


def test_a_message_about_a_message_about_a_message_is_not_made() -> None:
    section = a_section(a_rule(on=["message.failed"]))
    assert len(planned(section, an_event("message.failed", on="case.accepted"))) == 1
    assert planned(section, an_event("message.failed", on="message.failed")) == []
    assert len(planned(a_section(), an_event("case.accepted", on="message.failed"))) == 1


def test_a_step_leaves_what_the_case_was_before_as_its_previous_status() -> None:
    case = advanced(
        a_case(status="open", previous_status="new"),
        status="closed",
        owner="finance",
        facts={},
        milestones=["case.closed"],
    )
    assert (case.status, case.previous_status, case.owner, case.facts) == ("closed", "open", "finance", {})
    assert case.milestones == ("case.registered", "case.accepted", "case.closed")
