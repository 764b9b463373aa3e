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
    doubt,
    fail,
    hand_over,
    is_news,
    postpone,
    redeliver,
    retry,
    sent,
    skip,
)
from tests.support.notify_cases import NINE, a_message

LATER = NINE + timedelta(hours=1)
ACTIONS: dict[str, Callable[[Message], Message]] = {
    "claim": claim,
    "sent": lambda message: sent(message, at=LATER),
    "doubt": lambda message: doubt(message, at=LATER, due_at=LATER, reason="no_answer"),
    "retry": lambda message: retry(message, due_at=LATER),
    "fail": lambda message: fail(message, at=LATER, reason="smtp_refused"),
    "skip": lambda message: skip(message, at=LATER, reason="case_moved_on"),
    "postpone": lambda message: postpone(message, due_at=LATER),
    "hand_over": hand_over,
    "done": lambda message: done(message, delivered=True, at=LATER),
}
ALLOWED = {
    ("claim", State.QUEUED): State.SENDING,
    ("claim", State.OUTCOME_UNKNOWN): State.SENDING,
    ("sent", State.SENDING): State.SENT,
    ("sent", State.OUTCOME_UNKNOWN): State.SENT,
    ("doubt", State.SENDING): State.OUTCOME_UNKNOWN,
    ("retry", State.SENDING): State.QUEUED,
    ("fail", State.SENDING): State.FAILED,
    ("skip", State.QUEUED): State.SKIPPED,
    ("skip", State.SENDING): State.OUTCOME_UNKNOWN,
    ("skip", State.OUTCOME_UNKNOWN): State.OUTCOME_UNKNOWN,
    ("skip", State.TO_DO): State.SKIPPED,
    ("skip", State.FAILED): State.SKIPPED,
    ("postpone", State.QUEUED): State.QUEUED,
    ("postpone", State.OUTCOME_UNKNOWN): State.OUTCOME_UNKNOWN,
    ("hand_over", State.QUEUED): State.TO_DO,
    ("done", State.TO_DO): State.SENT,
    ("done", State.FAILED): State.SENT,
    ("done", State.OUTCOME_UNKNOWN): State.SENT,
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
    queued = a_message()
    held = claim(queued)
    assert retry(held, due_at=LATER) == replace(held, state=State.QUEUED, due_at=LATER)
    assert postpone(queued, due_at=LATER) == replace(queued, due_at=LATER)


def test_each_claim_counts_an_attempt_and_keeps_the_identity() -> None:
    once = claim(a_message())
    twice = claim(retry(once, due_at=LATER))

    assert (once.attempts, twice.attempts) == (1, 2)
    assert once.message_id == twice.message_id == a_message().message_id


def test_what_has_ended_says_when_and_is_due_no_more() -> None:
    held = claim(a_message())
    done = [sent(held, at=LATER), fail(held, at=LATER, reason="x"), skip(a_message(), at=LATER, reason="y")]

    assert [(message.ended_at, message.due_at) for message in done] == [(LATER, None)] * 3
    assert [message.reason for message in done] == [None, "x", "y"]


def test_what_a_person_could_not_deliver_has_failed_at_that_attempt() -> None:
    listed = hand_over(a_message())
    failed = done(listed, delivered=False, at=LATER)

    assert (listed.due_at, listed.attempts) == (None, 0)
    assert (failed.state, failed.reason, failed.attempts, failed.ended_at) == (State.FAILED, "not_delivered", 1, LATER)
    assert done(listed, delivered=True, at=LATER).attempts == 1


def test_what_may_have_arrived_is_never_queued_failed_or_skipped() -> None:
    doubtful = doubt(claim(a_message()), at=NINE, due_at=LATER, reason="no_answer")
    assert (doubtful.unknown_attempts, doubtful.due_at, doubtful.ended_at) == (1, LATER, None)

    left = skip(doubtful, at=LATER, reason="case_moved_on")
    assert (left.state, left.reason, left.due_at, left.ended_at) == (
        State.OUTCOME_UNKNOWN, "case_moved_on", None, LATER,
    )  # fmt: skip
    again = claim(doubtful)
    assert retry(again, due_at=LATER) == replace(again, state=State.OUTCOME_UNKNOWN, due_at=LATER)
    refused = fail(again, at=LATER, reason="smtp_refused")
    assert (refused.state, refused.reason, refused.ended_at) == (State.OUTCOME_UNKNOWN, "smtp_refused", LATER)
    withdrawn = skip(again, at=LATER, reason="case_purged")
    assert (withdrawn.state, withdrawn.unknown_attempts) == (State.OUTCOME_UNKNOWN, 2)


@pytest.mark.parametrize("action", [claim, lambda message: postpone(message, due_at=LATER)])
def test_what_waits_for_a_person_is_handed_over_no_more(action: Callable[[Message], Message]) -> None:
    left = doubt(claim(a_message()), at=LATER, due_at=None, reason="no_answer")
    with pytest.raises(IllegalMessageTransition):
        action(left)


def test_a_person_finds_out_what_became_of_it() -> None:
    left = doubt(claim(a_message()), at=NINE, due_at=None, reason="no_answer")
    arrived, missed = done(left, delivered=True, at=LATER), done(left, delivered=False, at=LATER)
    assert (arrived.state, arrived.reason, arrived.attempts, arrived.ended_at) == (State.SENT, None, 2, LATER)
    assert (missed.state, missed.reason) == (State.FAILED, "not_delivered")


def test_a_late_answer_is_no_longer_an_attempt_of_unknown_outcome() -> None:
    held = claim(a_message())
    left = doubt(claim(doubt(held, at=NINE, due_at=LATER, reason="x")), at=LATER, due_at=None, reason="y")
    assert (sent(left, at=LATER).state, sent(left, at=LATER).unknown_attempts) == (State.SENT, 1)


def test_a_repetition_that_was_refused_for_a_while_is_no_news() -> None:
    doubtful = doubt(claim(a_message()), at=NINE, due_at=LATER, reason="no_answer")
    assert is_news(claim(a_message()), doubtful)
    assert not is_news(claim(doubtful), retry(claim(doubtful), due_at=LATER))
    assert is_news(claim(doubtful), fail(claim(doubtful), at=LATER, reason="smtp_refused"))
    assert is_news(claim(doubtful), sent(claim(doubtful), at=LATER))


def test_a_delivery_asked_for_again_is_as_if_none_was_unknown() -> None:
    left = doubt(claim(a_message()), at=NINE, due_at=None, reason="timed_out")
    again = redeliver(left, due_at=LATER)
    assert (again.state, again.unknown_attempts, again.ended_at, again.due_at) == (State.QUEUED, 0, None, LATER)
    with pytest.raises(IllegalMessageTransition):
        redeliver(doubt(claim(a_message()), at=NINE, due_at=LATER, reason="timed_out"), due_at=LATER)
