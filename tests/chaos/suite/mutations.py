"""Ways in which the books of a sound run are falsified, by the invariant that must notice: what each one is worth."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeVar

from tests.chaos.suite.books import Books
from tests.chaos.suite.invariants import cases, effects, events, running
from tests.chaos.suite.invariants.catalogue import Invariant
from tests.chaos.suite.sample import DISTURBED

T = TypeVar("T")
Mutation = Callable[[Books], Books]


def _last(items: tuple[T, ...], **changes: Any) -> tuple[T, ...]:
    """The items with the last one changed."""
    return (*items[:-1], replace(items[-1], **changes))  # type: ignore[type-var]  # all of them are dataclasses


def a_complaint_ended_early(books: Books) -> Books:
    return replace(books, failed=("17: 500 internal_error",))


def a_case_stayed_open(books: Books) -> Books:
    return _case(books, status="accepted")


def an_accepted_case_was_lost(books: Books) -> Books:
    return replace(books, cases={each: case for each, case in books.cases.items() if each != DISTURBED})


def an_accepted_step_has_no_effect(books: Books) -> Books:
    return replace(books, events=tuple(event for event in books.events if event.id != f"{DISTURBED}-2"))


def a_repeated_step_was_taken_twice(books: Books) -> Books:
    taken = next(event for event in books.events if event.id == f"{DISTURBED}-2")
    return replace(books, events=(*books.events, replace(taken, id="again", version=3)))


def a_copy_missed_a_fact(books: Books) -> Books:
    return _copy(books, "settlement", facts={"province": "Jiangsu", "severity": "normal"})


def a_copy_missed_a_status(books: Books) -> Books:
    return _copy(books, "notify", status="accepted")


def a_copy_missed_a_milestone(books: Books) -> Books:
    return _copy(books, "notify", milestones=(("case.registered", None),))


def a_copy_has_a_milestone_at_another_instant(books: Books) -> Books:
    at = dict(books.copies["sla"][DISTURBED].milestones)["case.accepted"]
    assert at is not None
    return _copy(books, "sla", milestones=(("case.accepted", at + timedelta(seconds=1)),))


def a_copy_is_behind(books: Books) -> Books:
    return _copy(books, "sla", version=1)


def a_copy_was_never_made(books: Books) -> Books:
    return replace(books, copies={**books.copies, "sla": {}})


def a_due_date_counts_from_another_day(books: Books) -> Books:
    due_at = books.clocks[-1].due_at
    assert due_at is not None
    return replace(books, clocks=_last(books.clocks, due_at=due_at + timedelta(days=1)))


def a_clock_was_started_twice(books: Books) -> Books:
    return replace(books, clocks=(*books.clocks, replace(books.clocks[-1], clock_id="again")))


def a_clock_was_never_started(books: Books) -> Books:
    return replace(books, clocks=books.clocks[:-1])


def a_customer_was_told_twice(books: Books) -> Books:
    told = ["customer_registered", "told"]
    return replace(books, views={**books.views, DISTURBED: {"status": "archived", "messages": [told, told]}})


def no_case_was_over_before(books: Books) -> Books:
    return replace(books, undisturbed=frozenset())


def an_event_was_archived_and_not_published(books: Books) -> Books:
    return replace(books, records=books.records[:-1])


def an_event_was_published_and_rolled_back(books: Books) -> Books:
    return replace(books, records=(*books.records, replace(books.records[-1], offset=99, id="rolled-back")))


def two_events_changed_places(books: Books) -> Books:
    first, second, *others = books.records
    swapped = (replace(first, id=second.id), replace(second, id=first.id), *others)
    return replace(books, records=swapped)


def a_key_moved_to_another_partition(books: Books) -> Books:
    return replace(books, records=(books.records[0], replace(books.records[1], partition=1), *books.records[2:]))


def an_event_counted_as_stale(books: Books) -> Books:
    inbox = {**books.inbox["sla"], f"{DISTURBED}-2": "stale"}
    return replace(books, inbox={**books.inbox, "sla": inbox})


def an_event_was_skipped(books: Books) -> Books:
    inbox = {each: outcome for each, outcome in books.inbox["notify"].items() if each != f"{DISTURBED}-1"}
    return replace(books, inbox={**books.inbox, "notify": inbox})


def a_payment_was_made_twice(books: Books) -> Books:
    return replace(books, payments=(*books.payments, replace(books.payments[-1], key="under another key")))


def a_payment_was_never_made(books: Books) -> Books:
    return replace(books, payments=books.payments[:-1])


def a_forgotten_payment_was_not_made_again(books: Books) -> Books:
    return replace(books, payments=(*books.payments, replace(books.payments[-1], kind="forgotten")))


def another_amount_was_paid(books: Books) -> Books:
    return replace(books, payments=_last(books.payments, minor=1))


def a_remedy_has_two_payouts(books: Books) -> Books:
    return replace(books, payouts=(*books.payouts, replace(books.payouts[-1], payout_id="payout-again")))


def a_paid_remedy_is_not_executed(books: Books) -> Books:
    return replace(books, payouts=_last(books.payouts, remedy_state="in_doubt"))


def an_entry_lost_a_line(books: Books) -> Books:
    return replace(books, ledger=books.ledger[:-1])


def a_payment_was_booked_twice(books: Books) -> Books:
    again = tuple(replace(posting, entry_id="again") for posting in books.ledger[-2:])
    return replace(books, ledger=(*books.ledger, *again))


def a_message_exists_twice(books: Books) -> Books:
    return replace(books, messages=(*books.messages, replace(books.messages[-1], message_id="again")))


def a_message_was_never_sent(books: Books) -> Books:
    return replace(books, messages=_last(books.messages, state="queued"))


def a_sent_message_is_no_mail(books: Books) -> Books:
    return replace(books, mails={f"message-{DISTURBED}": 1})


def a_sent_message_is_two_mails(books: Books) -> Books:
    return replace(books, mails={**books.mails, f"message-{DISTURBED}": 2})


def a_mail_is_of_no_message(books: Books) -> Books:
    return replace(books, mails={**books.mails, "another": 1})


def an_event_was_left_in_the_outbox(books: Books) -> Books:
    return replace(books, left={"events in the outbox of intake": 1})


def one_event_in_fifty_was_late(books: Books) -> Books:
    return replace(books, timing=replace(books.timing, lags=(*[0.1] * 98, 6.0, 6.0)))


def no_lag_was_measured(books: Books) -> Books:
    return replace(books, timing=replace(books.timing, lags=()))


def a_service_came_back_late(books: Books) -> Books:
    return replace(books, restarts=_last(books.restarts, at=200.0, seconds=5.5))


def a_process_did_not_stop(books: Books) -> Books:
    return replace(books, timing=replace(books.timing, stops={"notify": 20.1}))


MUTATIONS: Final[dict[Invariant, tuple[Mutation, ...]]] = {
    cases.complaints_end: (a_complaint_ended_early, a_case_stayed_open),
    cases.answers_stand: (
        an_accepted_case_was_lost,
        an_accepted_step_has_no_effect,
        a_repeated_step_was_taken_twice,
    ),
    cases.copies_agree: (
        a_copy_missed_a_fact,
        a_copy_missed_a_status,
        a_copy_missed_a_milestone,
        a_copy_has_a_milestone_at_another_instant,
        a_copy_is_behind,
        a_copy_was_never_made,
    ),
    cases.due_dates_hold: (
        a_due_date_counts_from_another_day,
        a_clock_was_started_twice,
        a_clock_was_never_started,
    ),
    cases.looks_undisturbed: (a_customer_was_told_twice, no_case_was_over_before),
    events.events_are_archived: (an_event_was_archived_and_not_published, an_event_was_published_and_rolled_back),
    events.events_ascend: (two_events_changed_places, a_key_moved_to_another_partition),
    events.events_are_handled: (an_event_counted_as_stale, an_event_was_skipped),
    effects.payments_are_executed_remedies: (
        a_payment_was_made_twice,
        a_payment_was_never_made,
        a_forgotten_payment_was_not_made_again,
        another_amount_was_paid,
        a_remedy_has_two_payouts,
        a_paid_remedy_is_not_executed,
    ),
    effects.ledger_is_zero: (an_entry_lost_a_line, a_payment_was_booked_twice),
    effects.messages_are_told_once: (a_message_exists_twice, a_message_was_never_sent),
    effects.mails_are_of_messages: (
        a_sent_message_is_no_mail,
        a_sent_message_is_two_mails,
        a_mail_is_of_no_message,
    ),
    running.nothing_is_left: (an_event_was_left_in_the_outbox,),
    running.lag_is_bounded: (one_event_in_fifty_was_late, no_lag_was_measured),
    running.recovery_is_bounded: (a_service_came_back_late,),
    running.everything_stops: (a_process_did_not_stop,),
}
"""At least one for each invariant."""


def _case(books: Books, **changes: Any) -> Books:
    return replace(books, cases={**books.cases, DISTURBED: replace(books.cases[DISTURBED], **changes)})


def _copy(books: Books, service: str, **changes: Any) -> Books:
    copies = books.copies[service]
    changed = {**copies, DISTURBED: replace(copies[DISTURBED], **changes)}
    return replace(books, copies={**books.copies, service: changed})
