"""What may have arrived is handed over once more, or not."""

from datetime import timedelta

import pytest

from services.notify.delivery.rules.repetition import after_loss, after_silence
from services.notify.messages.rules import Identity, Message, Outcome, State, Verdict, claim
from tests.support.notify_cases import CASE_ID, NINE, a_message

SILENCE = Outcome(verdict=Verdict.UNKNOWN, code=None, reason="no_answer")
HOOK = Identity(case_id=CASE_ID, occasion="e", rule="", recipient="x", channel="webhook", endpoint_id="endpoint-1")


def test_a_mail_is_repeated_once() -> None:
    first = after_silence(claim(a_message()), SILENCE, at=NINE)
    assert (first.state, first.reason) == (State.OUTCOME_UNKNOWN, "no_answer")
    assert first.due_at is not None
    assert timedelta(seconds=5) <= first.due_at - NINE < timedelta(seconds=5.5)
    second = after_silence(claim(first), SILENCE, at=NINE)
    assert (second.due_at, second.ended_at, second.unknown_attempts) == (None, NINE, 2)


def test_a_mail_whose_sender_vanished_is_repeated_at_once_and_once() -> None:
    first = after_loss(claim(a_message()), at=NINE, reason="sender_vanished")
    assert (first.due_at, first.reason) == (NINE, "sender_vanished")
    assert after_loss(claim(first), at=NINE, reason="sender_vanished").due_at is None


@pytest.mark.parametrize("lose", [after_loss, lambda message, at, reason: after_silence(message, SILENCE, at=at)])
def test_a_webhook_is_repeated_by_the_plan_of_retries(lose: object) -> None:
    message: Message = a_message(identity=HOOK)
    for _ in range(9):
        message = lose(claim(message), at=NINE, reason="sender_vanished")  # type: ignore[operator]
        assert message.due_at is not None
    last = lose(claim(message), at=NINE, reason="sender_vanished")  # type: ignore[operator]
    assert (last.attempts, last.due_at, last.state) == (10, None, State.OUTCOME_UNKNOWN)


def test_after_ten_attempts_none_follows_one_of_unknown_outcome() -> None:
    tenth = a_message(State.SENDING, attempts=10)
    assert after_loss(tenth, at=NINE, reason="sender_vanished").due_at is None
    assert after_silence(tenth, SILENCE, at=NINE).due_at is None
