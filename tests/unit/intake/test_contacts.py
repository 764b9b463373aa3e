"""What a contact's entries are: what was asked for and what the pack computes from it; and why one is not noted."""

from typing import Any

import pytest

from services.intake.cases.rules.errors import ChannelUnknown
from services.intake.contacts.rules import ContactKindUnknown, contact_kind, noted
from services.intake.entries.rules.errors import InputRefused
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection
from tests.unit.intake.builders import CLERK, small_document, text

CONTACTS = {
    "every_contact": {
        "fields": [{"id": "summary", "label": text("摘要"), "type": "text"}],
        "set": {
            "by": "actor.subject",
            "through": "contact.channel",
            "about": "contact.kind",
            "from": "caller.name",
            "facts_known": "len(keys(facts))",
        },
    },
    "contacts": [
        {
            "id": "call",
            "label": text("来电"),
            "cite": "SK-10 2.1",
            "channels": ["phone", "web"],
            "caller": ["name", "phone"],
            "fields": [{"id": "rings", "label": text("铃声"), "type": "integer"}],
            "set": {"late": "input.rings > 4", "twice": "input.rings * 2", "nothing": "input.summary"},
        },
        {"id": "visit", "label": text("来访"), "cite": "SK-10 2.2"},
    ],
}
SECTION = IntakeSection.parse(small_document(**CONTACTS))
CALLER = {"organisation": None, "name": "李", "phone": "0510-1"}


def note(
    kind: str, *, channel: str = "phone", caller: dict[str, str | None] = CALLER, **fields: object
) -> dict[str, Any]:
    rules = contact_kind(SECTION, kind)
    return dict(noted(SECTION, rules, channel=channel, caller=caller, fields=fields, actor=CLERK))


def test_a_contact_is_noted_with_what_the_pack_computes_from_who_called_about_what() -> None:
    assert note("call", rings=5) == {
        "summary": None,
        "rings": 5,
        "by": "li",
        "through": "phone",
        "about": "call",
        "from": "李",
        "facts_known": "0",
        "late": True,
        "twice": "10",
        "nothing": None,
    }


@pytest.mark.parametrize("channel", ["walk_in", "phone"])
def test_a_kind_without_channels_or_caller_is_taken_through_any_from_anybody(channel: str) -> None:
    assert note("visit", channel=channel, caller={}, summary="问价") == {
        "summary": "问价",
        "by": "li",
        "through": channel,
        "about": "visit",
        "from": None,
        "facts_known": "0",
    }


@pytest.mark.parametrize(
    ("changes", "refusal", "code", "fields"),
    [
        ({"channel": "walk_in"}, ChannelUnknown, "channel_unknown", {"allowed": ["phone", "web"]}),
        ({"caller": {"name": "李", "phone": ""}}, InputRefused, "input_missing", {"phone": "missing"}),
        ({"caller": {}}, InputRefused, "input_missing", {"name": "missing", "phone": "missing"}),
        ({"rings": "5"}, InputRefused, "input_invalid", {"rings": "not_integer"}),
    ],
)
def test_a_contact_that_is_not_noted_cites_its_kind_and_names_what_is_wrong(
    changes: dict[str, Any], refusal: type[ServiceError], code: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        note("call", **changes)
    assert (refused.value.code, refused.value.cite, refused.value.fields) == (code, "SK-10 2.1", fields)


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(ContactKindUnknown) as refused:
        contact_kind(SECTION, "letter")
    assert refused.value.fields == {"allowed": ["call", "visit"]}
