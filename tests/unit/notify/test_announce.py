"""Which messages are announced, and as what."""

from dataclasses import replace

import pytest

from services.notify.announce import announced
from services.notify.inbox.rules import addresses_of
from services.notify.messages.rules import Message, State, StoredMessage
from shared.kernel.ids import OrgId
from tests.support.notify_cases import CASE_ID, NINE, ORG, a_message


def stored(message: Message) -> StoredMessage:
    return StoredMessage(org=OrgId(ORG), is_simulated=False, created_at=NINE, message=message)


@pytest.mark.parametrize(
    ("state", "types"),
    [
        (State.QUEUED, []),
        (State.SENDING, []),
        (State.TO_DO, []),
        (State.SENT, ["message.sent.v1"]),
        (State.SKIPPED, ["message.skipped.v1"]),
        (State.FAILED, ["message.failed.v1"]),
    ],
)
def test_a_message_is_announced_when_it_has_ended(state: State, types: list[str]) -> None:
    events = announced([stored(a_message(state))])
    assert [event.data.TYPE for event in events] == types
    assert {(event.key, event.version, event.occurred_at) for event in events} <= {(CASE_ID, 1, NINE)}


def test_a_delivery_to_a_subscription_is_not_announced() -> None:
    message = a_message(State.SENT)
    passed_on = replace(message, identity=replace(message.identity, rule=""))
    assert [event.aggregate_id for event in announced([stored(passed_on), stored(message)])] == [message.message_id]


def test_a_colleague_has_the_inbox_of_the_person_and_of_each_role() -> None:
    assert addresses_of("chen", frozenset({"b", "a"})) == ["subject:chen", "role:a", "role:b"]
    assert addresses_of("chen", frozenset()) == ["subject:chen"]
