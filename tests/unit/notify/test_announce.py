"""Which messages are announced, and as what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.announce import announced
from services.notify.inbox.rules import addresses_of
from services.notify.messages.rules import Message, State, StoredMessage
from shared.contracts.notify import MessageToDoV1
from shared.kernel.ids import OrgId
from tests.support.notify_cases import CASE_ID, NINE, ORG, a_message


def stored(message: Message) -> StoredMessage:
    return StoredMessage(org=OrgId(ORG), is_simulated=False, created_at=NINE, message=message)


@pytest.mark.parametrize(
    ("state", "announced_as"),
    [
        (State.QUEUED, []),
        (State.SENDING, []),
        (State.OUTCOME_UNKNOWN, [("message.outcome_unknown.v1", 2)]),
        (State.FAILED, [("message.failed.v1", 4)]),
        (State.SENT, [("message.sent.v1", 5)]),
        (State.SKIPPED, [("message.skipped.v1", 5)]),
    ],
)
def test_a_message_is_announced_when_it_has_ended(state: State, announced_as: list[tuple[str, int]]) -> None:
    events = announced([stored(a_message(state))])
    assert [(event.data.TYPE, event.version) for event in events] == announced_as
    assert {(event.key, event.occurred_at) for event in events} <= {(CASE_ID, NINE)}


def test_a_message_that_waits_for_a_person_is_announced_with_whom_it_waits_for() -> None:
    later = NINE + timedelta(hours=1)
    waiting = replace(a_message(State.TO_DO), handler="role:clerk", expires_at=later)
    [event] = announced([stored(waiting)], at=lambda _: later)
    assert isinstance(event.data, MessageToDoV1)
    assert (event.data.handled_by, event.data.deliver_by) == ("role:clerk", later)
    assert (event.version, event.occurred_at) == (1, later)
    assert [each.occurred_at for each in announced([stored(waiting)])] == [NINE]


def test_what_is_not_repeated_is_announced_with_a_version_of_its_own() -> None:
    left = replace(a_message(State.OUTCOME_UNKNOWN), due_at=None, ended_at=NINE)
    events = announced([stored(a_message(State.OUTCOME_UNKNOWN)), stored(left)])
    assert [event.version for event in events] == [2, 3]
    assert [event.data.model_dump()["repeats_at"] for event in events] == [NINE, None]


def test_what_was_sent_says_how_often_it_may_have_come_besides() -> None:
    [event] = announced([stored(a_message(State.SENT, attempts=2, unknown_attempts=1))])
    assert (event.data.model_dump()["attempts"], event.data.model_dump()["unknown_attempts"]) == (2, 1)


def test_a_delivery_to_a_subscription_is_not_announced() -> None:
    message = a_message(State.SENT)
    passed_on = replace(message, identity=replace(message.identity, rule=""))
    assert [event.aggregate_id for event in announced([stored(passed_on), stored(message)])] == [message.message_id]


def test_a_colleague_has_the_inbox_of_the_person_and_of_each_role() -> None:
    assert addresses_of("chen", frozenset({"b", "a"})) == ["subject:chen", "role:a", "role:b"]
    assert addresses_of("chen", frozenset()) == ["subject:chen"]
