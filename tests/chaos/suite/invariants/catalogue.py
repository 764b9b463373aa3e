"""All invariants, in the order in which they are reported."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.chaos.suite.books import Books
from tests.chaos.suite.invariants import cases, effects, events, running

Invariant = Callable[[Books], Iterator[str]]
"""Gives a line for everything that breaks it, with the ids, and none when it holds."""

INVARIANTS: Final[tuple[Invariant, ...]] = (
    cases.complaints_end,
    cases.answers_stand,
    cases.copies_agree,
    cases.due_dates_hold,
    cases.looks_undisturbed,
    events.events_are_archived,
    events.events_ascend,
    events.events_are_handled,
    effects.payments_are_executed_remedies,
    effects.ledger_is_zero,
    effects.messages_are_told_once,
    effects.mails_are_of_messages,
    running.nothing_is_left,
    running.lag_is_bounded,
    running.recovery_is_bounded,
    running.everything_stops,
)


def broken(books: Books) -> dict[str, list[str]]:
    """What breaks each invariant, by its name; empty lists where they hold."""
    return {invariant.__name__: list(invariant(books)) for invariant in INVARIANTS}
