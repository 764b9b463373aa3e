"""What counts as seen by a person: neither ids and instants, nor that a fault had to be got over; but whether it was told."""

from typing import Any

import pytest

from tests.chaos.suite.views import view_of

PAGE: dict[str, Any] = {
    **dict.fromkeys(("case_type", "channel", "status", "owner", "first_responder", "order_ref"), "x"),
    **{name: [] for name in ("next", "evidence", "documents", "visits", "clocks", "remedies", "messages")},
    "facts": {"severity": "major"},
    "milestones": [{"name": "case.closed", "step": "close", "at": "2026-03-05T10:00:00Z"}],
}


def seen(*messages: dict[str, Any], timeline: tuple[str, ...] = ("close",), milestones: tuple[str, ...] = ()) -> Any:
    page = {**PAGE, "milestones": [*PAGE["milestones"], *({"name": name, "step": None} for name in milestones)]}
    lines = [{"source": "step", "what": what, "cite": None, "entry_id": what} for what in timeline]
    return view_of(page, timeline=lines, clocks=(), remedies=(), messages=messages)


def message(state: str, *, rule: str = "customer_closed", message_id: str = "m1") -> dict[str, Any]:
    told = {"on": "case.closed", "recipient": "customer", "channel": "email"}
    return {"message_id": message_id, "rule": rule, "state": state, **told}


def test_ids_and_a_repetition_without_an_answer_are_not_seen() -> None:
    assert seen(message("sent")) == seen(message("outcome_unknown", message_id="m2"))


def test_doubt_that_was_got_over_is_not_seen() -> None:
    assert seen(timeline=("close", "remedy.payout_in_doubt"), milestones=("remedy.payout_in_doubt",)) == seen()


def test_a_departure_that_is_over_when_its_message_would_be_sent_is_not_told() -> None:
    late = message("skipped", rule="customer_departure")
    assert seen(late) == seen(message("sent", rule="customer_departure"))


@pytest.mark.parametrize(
    "other",
    [
        (),
        (message("skipped"),),
        (message("failed"),),
        (message("sent"), message("sent", message_id="m2")),
        (message("sent", rule="customer_accepted"),),
    ],
)
def test_that_a_message_was_not_told_or_told_twice_is_seen(other: tuple[dict[str, Any], ...]) -> None:
    assert seen(*other) != seen(message("sent"))


def test_a_step_that_was_taken_twice_is_seen() -> None:
    assert seen(timeline=("close", "close")) != seen()
