"""When to try again, and what providers' answers mean."""

from datetime import timedelta

import pytest

from services.notify.channels.rules.outcomes import http_outcome, retry_after, smtp_outcome
from services.notify.delivery.rules.retry import DELAYS, jitter, next_try
from services.notify.messages.rules import Outcome, Verdict
from tests.support.notify_cases import NINE

ID = "01890a5d-ac96-774b-bcce-b302099a0a01"


def test_ten_tries_span_seventy_five_hours_thirty_five_minutes() -> None:
    assert len(DELAYS) + 1 == 10
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(("attempts", "delay"), list(enumerate(DELAYS, start=1)))
def test_the_next_try_is_the_delay_plus_at_most_a_tenth(attempts: int, delay: timedelta) -> None:
    due_at = next_try(ID, attempts=attempts, at=NINE)

    assert due_at is not None
    assert delay <= due_at - NINE < delay * 1.1


def test_after_the_tenth_try_there_is_none() -> None:
    assert next_try(ID, attempts=9, at=NINE) is not None
    assert next_try(ID, attempts=10, at=NINE) is None


@pytest.mark.parametrize("attempts", [1, 2, 9])
def test_the_delay_is_lengthened_by_the_jitter_of_that_message_and_attempt(attempts: int) -> None:
    delay = DELAYS[attempts - 1]
    assert next_try(ID, attempts=attempts, at=NINE) == NINE + delay + jitter(ID, attempt=attempts, delay=delay)


def test_jitter_spreads_over_the_whole_tenth() -> None:
    tenth = timedelta(minutes=6)
    found = sorted(jitter(f"message-{n}", attempt=1, delay=timedelta(hours=1)) for n in range(100))
    assert timedelta() <= found[0] < tenth / 10
    assert tenth * 9 / 10 < found[-1] < tenth


def test_jitter_is_a_function_of_message_and_attempt() -> None:
    hour = timedelta(hours=1)
    assert jitter(ID, attempt=1, delay=hour) == jitter(ID, attempt=1, delay=hour)
    assert len({jitter(f"message-{n}", attempt=1, delay=hour) for n in range(100)}) == 100
    assert jitter(ID, attempt=1, delay=hour) != jitter(ID, attempt=2, delay=hour)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (timedelta(minutes=20), timedelta(minutes=20)),
        (timedelta(hours=24), timedelta(hours=24)),
        (timedelta(days=30), timedelta(hours=24)),
    ],
)
def test_a_providers_wish_is_honoured_up_to_a_day(asked: timedelta, waited: timedelta) -> None:
    assert next_try(ID, attempts=1, at=NINE, retry_after=asked) == NINE + waited


def test_a_wish_shorter_than_our_delay_changes_nothing() -> None:
    assert next_try(ID, attempts=3, at=NINE, retry_after=timedelta(seconds=1)) == next_try(ID, attempts=3, at=NINE)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("9" * 9, timedelta(seconds=999_999_999)),
        ("9" * 10, None),
        ("9" * 12, None),
        ("１２", None),
    ],
)
def test_retry_after_in_seconds(value: str | None, meant: timedelta | None) -> None:
    assert retry_after(value) == meant


@pytest.mark.parametrize(
    ("codes", "verdict", "reason"),
    [
        ((200, 250, 251, 299), Verdict.DELIVERED, "accepted"),
        ((199, 300, 354, 421, 450, 451, 452, 499), Verdict.TEMPORARY, "smtp_deferred"),
        ((502, 503, 504, 530, 534, 535, 538, 600), Verdict.TEMPORARY, "smtp_deferred"),
        ((500, 501, 550, 552, 553, 554, 599), Verdict.PERMANENT, "smtp_refused"),
    ],
)
def test_smtp_replies(codes: tuple[int, ...], verdict: Verdict, reason: str) -> None:
    assert [smtp_outcome(code) for code in codes] == [
        Outcome(verdict=verdict, code=code, reason=reason) for code in codes
    ]


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (200, Verdict.DELIVERED, "accepted"),
        (204, Verdict.DELIVERED, "accepted"),
        (299, Verdict.DELIVERED, "accepted"),
        (199, Verdict.TEMPORARY, "http_status"),
        (300, Verdict.TEMPORARY, "redirect_not_followed"),
        (301, Verdict.TEMPORARY, "redirect_not_followed"),
        (399, Verdict.TEMPORARY, "redirect_not_followed"),
        (308, Verdict.TEMPORARY, "redirect_not_followed"),
        (400, Verdict.TEMPORARY, "http_status"),
        (404, Verdict.TEMPORARY, "http_status"),
        (410, Verdict.GONE, "endpoint_gone"),
        (429, Verdict.TEMPORARY, "http_status"),
        (500, Verdict.TEMPORARY, "http_status"),
        (503, Verdict.TEMPORARY, "http_status"),
    ],
)
def test_http_answers(status: int, verdict: Verdict, reason: str) -> None:
    outcome = http_outcome(status)
    assert (outcome.verdict, outcome.reason, outcome.code) == (verdict, reason, status)


def test_only_a_refusal_carries_the_wish() -> None:
    wish = timedelta(seconds=90)
    assert http_outcome(429, retry_after=wish).retry_after == wish
    assert http_outcome(200, retry_after=wish).retry_after is None
