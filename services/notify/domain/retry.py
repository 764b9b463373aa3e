"""When to try again, and what a provider's answer means. Ten tries over 75 h 35 m (Standard Webhooks 1.0.0).

The jitter is a function of the message's id and the attempt, so that a time can be computed again
and a crowd of messages that failed together does not come back together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LARGEST_WAIT: Final = timedelta(hours=24)
JITTER: Final = 0.1

_SUCCESS: Final = range(200, 300)
_GONE: Final = 410
# RFC 5321: refusals that concern our account or the server's set-up, not this recipient or content.
_OUR_SMTP_FAULTS: Final = frozenset({502, 503, 504, 530, 534, 535, 538})


class Verdict(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    GONE = "gone"  # the endpoint asks to be left alone for good
    UNKNOWN = "unknown"  # the sender died before it could record; the provider may have taken it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Verdict on one attempt with the provider's code (SMTP or HTTP) and a short reason code."""

    verdict: Verdict
    code: int | None
    reason: str
    retry_after: timedelta | None = None


def jitter(message_id: str, *, attempt: int, delay: timedelta) -> timedelta:
    """Between nothing and a tenth of `delay`, always the same for this message and attempt."""
    digest = sha256(f"{message_id}:{attempt}".encode()).digest()
    return delay * (JITTER * int.from_bytes(digest[:4]) / 2**32)


def next_try(message_id: str, *, attempts: int, at: datetime, retry_after: timedelta | None = None) -> datetime | None:
    """When attempt `attempts` + 1 is due after attempt `attempts` failed at `at`; None when none is left.

    A provider's Retry-After is honoured up to a day.
    """
    if attempts > len(DELAYS):
        return None
    delay = DELAYS[attempts - 1]
    asked = min(retry_after or timedelta(), LARGEST_WAIT)
    return at + max(delay + jitter(message_id, attempt=attempts, delay=delay), asked)


def smtp_outcome(code: int) -> Outcome:
    """RFC 5321 4.2.1: 2xx taken, 4xx try later, 5xx never, unless the fault is in our own set-up."""
    if code in _SUCCESS:
        return Outcome(verdict=Verdict.DELIVERED, code=code, reason="accepted")
    if 500 <= code <= 599 and code not in _OUR_SMTP_FAULTS:  # noqa: PLR2004 (reply class)
        return Outcome(verdict=Verdict.PERMANENT, code=code, reason="smtp_refused")
    return Outcome(verdict=Verdict.TEMPORARY, code=code, reason="smtp_deferred")


def http_outcome(status: int, *, retry_after: timedelta | None = None) -> Outcome:
    """Standard Webhooks: only 2xx is success, 410 ends the subscription, the rest (3xx too) is tried again."""
    if status in _SUCCESS:
        return Outcome(verdict=Verdict.DELIVERED, code=status, reason="accepted")
    if status == _GONE:
        return Outcome(verdict=Verdict.GONE, code=status, reason="endpoint_gone")
    reason = "redirect_not_followed" if status in range(300, 400) else "http_status"
    return Outcome(verdict=Verdict.TEMPORARY, code=status, reason=reason, retry_after=retry_after)


def retry_after(value: str | None) -> timedelta | None:
    """The delay form of Retry-After (RFC 9110 10.2.3); the date form would need the receiver's clock and is ignored."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 (31 years)
        return None
    return timedelta(seconds=int(value))
