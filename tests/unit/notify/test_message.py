"""The state machine: the whole state × action matrix."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.messages.rules import (
    IllegalMessageTransition,
    Message,
    State,
    claim,
    done,
    fail,
    hand_over,
    postpone,
    retry,
    sent,
    skip,
)
from tests.support.notify_cases import NINE, a_message

LATER = NINE + timedelta(hours=1)
ACTIONS: dict[str, Callable[[Message], Message]] = {
    "claim": claim,
    "sent": lambda message: sent(message, at=LATER),
    "retry": lambda message: retry(message, due_at=LATER),
    "fail": lambda message: fail(message, at=LATER, reason="smtp_refused"),
    "skip": lambda message: skip(message, at=LATER, reason="case_moved_on"),
    "postpone": lambda message: postpone(message, due_at=LATER),
    "hand_over": hand_over,
    "done": lambda message: done(message, delivered=True, at=LATER),
}
ALLOWED = {
    ("claim", State.QUEUED): State.SENDING,
    ("claim", State.SENDING): State.SENDING,
    ("sent", State.SENDING): State.SENT,
    ("retry", State.SENDING): State.QUEUED,
    ("fail", State.SENDING): State.FAILED,
    ("skip", State.QUEUED): State.SKIPPED,
    ("skip", State.SENDING): State.SKIPPED,
    ("skip", State.TO_DO): State.SKIPPED,
    ("skip", State.FAILED): State.SKIPPED,
    ("postpone", State.QUEUED): State.QUEUED,
    ("postpone", State.SENDING): State.QUEUED,
    ("hand_over", State.QUEUED): State.TO_DO,
    ("done", State.TO_DO): State.SENT,
    ("done", State.FAILED): State.SENT,
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(ACTIONS))
def test_each_action_in_each_state(action: str, state: State) -> None:
    message = a_message(state)
    wanted = ALLOWED.get((action, state))
    if wanted is None:
        with pytest.raises(IllegalMessageTransition) as refused:
            ACTIONS[action](message)
        assert refused.value.fields == {"state": state, "action": action}
    else:
        assert ACTIONS[action](message).state is wanted


def test_what_is_tried_again_or_postponed_is_queued_until_then_and_otherwise_as_it_was() -> None:
    held = claim(a_message())
    assert retry(held, due_at=LATER) == replace(held, state=State.QUEUED, due_at=LATER)
    assert postpone(held, due_at=LATER) == replace(held, state=State.QUEUED, due_at=LATER)


def test_each_claim_counts_an_attempt_and_keeps_the_identity() -> None:
    once = claim(a_message())
    twice = claim(retry(once, due_at=LATER))

    assert (once.attempts, twice.attempts) == (1, 2)
    assert once.message_id == twice.message_id == a_message().message_id


def test_what_has_ended_says_when_and_is_due_no_more() -> None:
    held = claim(a_message())
    done = [sent(held, at=LATER), fail(held, at=LATER, reason="x"), skip(held, at=LATER, reason="y")]

    assert [(message.ended_at, message.due_at) for message in done] == [(LATER, None)] * 3
    assert [message.reason for message in done] == [None, "x", "y"]


def test_what_a_person_could_not_deliver_has_failed_at_that_attempt() -> None:
    listed = hand_over(a_message())
    failed = done(listed, delivered=False, at=LATER)

    assert (listed.due_at, listed.attempts) == (None, 0)
    assert (failed.state, failed.reason, failed.attempts, failed.ended_at) == (State.FAILED, "not_delivered", 1, LATER)
    assert done(listed, delivered=True, at=LATER).attempts == 1
