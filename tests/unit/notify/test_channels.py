"""Channels are rows of the pack language, each with a file of its name in notify."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.notify import channels
from services.notify.cases.rules import Party
from services.notify.channels.registry import REGISTRY, load
from services.notify.channels.rules.channel import Contact
from shared.packs.notify.model.channels import BY_HAND, CHANNELS, ChannelName, Delivery
from shared.packs.notify.model.delivery import Address

NOT_CHANNELS = {"__init__", "registry"}
PARTY = Party(role="finance", name="n", email="party@example.com", phone="021 1", locale="en")
LISTED = Address.parse(
    {"role": "finance", "email": "listed@example.com", "phone": "021 2", "fax": "021 3", "letter": "1 Road"}
)


def a_contact(**changed: Any) -> Contact:
    values: dict[str, Any] = {
        "role": "finance", "name": None, "locale": "en", "party": None, "listed": None, "inbox": None, "endpoint_id": None,
    }  # fmt: skip
    return Contact(**(values | changed))


def test_each_row_has_a_file_and_each_file_a_row() -> None:
    files = {file.stem for folder in channels.__path__ for file in Path(folder).glob("*.py")}
    assert files - NOT_CHANNELS == set(CHANNELS)


def test_how_each_channel_delivers() -> None:
    assert {name: channel.delivery.value for name, channel in REGISTRY.channels.items()} == {
        "email": "provider", "webhook": "provider", "internal": "inbox", "fax": "by_hand", "phone": "by_hand",
        "letter": "by_hand",
    }  # fmt: skip
    assert set(REGISTRY.senders) == {"email", "webhook"}
    assert [name for name, channel in REGISTRY.channels.items() if channel.to_endpoints] == ["webhook"]
    assert BY_HAND == ("fax", "phone", "letter")


@pytest.mark.parametrize(
    ("channel", "of_party", "of_pack"),
    [
        ("email", "party@example.com", "listed@example.com"),
        ("phone", "021 1", "021 2"),
        ("fax", None, "021 3"),
        ("letter", None, "1 Road"),
        ("internal", None, None),
        ("webhook", None, None),
    ],
)
def test_where_a_recipient_is_found(channel: str, of_party: str | None, of_pack: str | None) -> None:
    address = REGISTRY.channels[channel].address
    assert address(a_contact(party=PARTY)) == of_party
    assert address(a_contact(listed=LISTED)) == of_pack
    assert address(a_contact(party=PARTY, listed=LISTED)) == (of_party or of_pack)
    assert address(a_contact()) is None


def test_an_inbox_and_an_endpoint_are_addresses_too() -> None:
    contact = a_contact(inbox="role:finance", endpoint_id="endpoint-1")
    assert REGISTRY.channels["internal"].address(contact) == "role:finance"
    assert REGISTRY.channels["webhook"].address(contact) == "endpoint-1"


@pytest.mark.parametrize(("channel", "reached"), [("fax", True), ("email", False), ("internal", False)])
def test_by_hand_needs_no_recorded_address(channel: str, *, reached: bool) -> None:
    assert REGISTRY.channels[channel].can_reach(a_contact()) is reached


def test_the_pack_language_knows_the_rows_and_nothing_else() -> None:
    names = TypeAdapter(ChannelName)
    assert names.json_schema()["enum"] == list(CHANNELS)
    with pytest.raises(ValidationError):
        names.validate_python("pager")


def test_a_row_without_a_file_stops_the_start() -> None:
    with pytest.raises(ModuleNotFoundError):
        load({"smoke_signal": Delivery.BY_HAND})


def test_a_provider_without_a_sender_stops_the_start() -> None:
    with pytest.raises(AttributeError):
        load({"fax": Delivery.PROVIDER})
