"""Messages that a person delivers: the role that delivers, what it is told of the recipient, and what a pack may say of it."""

import pytest
from pydantic import ValidationError

from services.notify.cases.rules import Party
from services.notify.messages.rules import State
from shared.packs.notify.model.delivery import Address
from shared.packs.notify.model.section import NotifySection
from shared.packs.publishing.registry import referenced, warnings
from tests.support.notify_cases import (
    CUSTOMER,
    TOLD,
    a_document,
    a_message,
    a_rule,
    a_section,
    fallback,
    planned,
    recipients,
)
from tests.support.sections import Refused, checked

CALLED = Party(role="customer", name="华东钢构", email=None, phone="+86 21 5555", locale="zh-CN")


@pytest.mark.parametrize(
    ("handled_by", "handler"),
    [
        (None, "role:team"),
        ("owner", "role:team"),
        ("first_responder", "subject:chen"),
        ("finance", "role:finance"),
    ],
)
def test_the_owner_delivers_unless_the_rule_names_somebody(handled_by: str | None, handler: str) -> None:
    (message,) = planned(a_section(a_rule(channels=["fax"], handled_by=handled_by)))
    assert (message.state, message.handler, message.due_at, message.attempts) == (State.TO_DO, handler, None, 0)
    assert message.words.body == "华东钢构"


def test_a_number_is_shown_where_one_is_known_and_found_by_the_person_where_not() -> None:
    addresses = [{"role": "finance", "fax": "021-5555 1", "letter": "1 Road"}]
    rules = [
        a_rule(id=channel, channels=[channel], recipients=[{"role": role}])
        for channel, role in (("phone", "customer"), ("fax", "finance"), ("letter", "finance"))
    ]
    called, faxed, sent = planned(a_section(*rules, addresses=addresses), parties=(CALLED,))
    assert (called.address, faxed.address, sent.address) == ("+86 21 5555", "021-5555 1", "1 Road")
    (unknown,) = planned(a_section(a_rule(channels=["fax"])), parties=())
    assert (unknown.state, unknown.address) == (State.TO_DO, None)


def test_by_hand_is_reached_only_where_no_earlier_channel_is() -> None:
    section = a_section(a_rule(channels=["email", "phone"]))
    (mail,) = planned(section, parties=(CUSTOMER,))
    assert (mail.identity.channel, mail.fallback, mail.handler) == ("email", ("phone",), None)
    (call,) = planned(section, parties=(CALLED,))
    assert (call.identity.channel, call.state) == ("phone", State.TO_DO)


def test_after_a_fax_that_failed_comes_the_next_channel() -> None:
    section = a_section(a_rule(channels=["fax", "internal"], recipients=[{"role": "finance"}]))
    (fax,) = planned(section)
    failed = a_message(State.FAILED, identity=fax.identity, fallback=fax.fallback, handler=fax.handler)
    told = fallback(failed, section.rules[0], recipients(section), new_id="next")
    assert told is not None
    assert (told.identity.channel, told.state, told.handler, told.address) == (
        "internal",
        State.SENT,
        None,
        "role:finance",
    )


def test_the_customer_delivers_nothing() -> None:
    with pytest.raises(ValueError, match="the customer delivers no messages"):
        checked(NotifySection, a_document(a_rule(channels=["fax"], handled_by="customer")))


def test_who_delivers_is_a_role_of_the_pack_and_of_some_use() -> None:
    section = a_section(a_rule(channels=["email"], handled_by="finance"))
    assert ("rules", 0, "handled_by") in [path for path, _ in referenced(section).roles]
    assert list(warnings(section)) == [
        (("rules", 0, "handled_by"), "rule tell has no channel by hand (fax, phone, letter)")
    ]
    by_fax = TOLD | {"channels": ["fax"]}
    relative = a_section(a_rule(channels=["fax"], handled_by="first_responder"), templates=[by_fax])
    assert referenced(relative).roles == []
    assert list(warnings(relative)) == []


@pytest.mark.parametrize(
    "document",
    [
        {"role": "finance"},
        {"role": "finance", "subject": "chen", "fax": "021"},
        {"role": "finance", "fax": "call me"},
        {"role": "finance", "phone": "1" * 41},
    ],
)
def test_an_address_says_whose_and_where(document: dict[str, str]) -> None:
    with pytest.raises((ValidationError, Refused)):
        checked(Address, document)
