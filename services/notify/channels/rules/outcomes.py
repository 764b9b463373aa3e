"""What the answer of a mail server or of a webhook endpoint means for an attempt."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from services.notify.messages.rules import Outcome, Verdict

_SUCCESS: Final = range(200, 300)


_GONE: Final = 410
_LONGEST_DATE: Final = 64


_OUR_SMTP_FAULTS: Final = frozenset({502, 503, 504, 530, 534, 535, 538})


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


def retry_after(value: str | None, *, now: datetime, date: str | None = None) -> timedelta | None:
    """What Retry-After (RFC 9110 10.2.3) asks for; None when it says nothing that can be read.

    The HTTP-date form counts from the answer's own `date`, so that the receiver's clock may be wrong, and from `now`
    without one. An instant that has passed is no delay.
    """
    if value is None or not value.isascii() or len(value) > _LONGEST_DATE:
        return None
    if value.isdigit():
        return timedelta(seconds=int(value)) if len(value) <= 9 else None  # noqa: PLR2004 (31 years)
    until, since = _http_date(value), _http_date(date)
    return None if until is None else max(until - (since or now), timedelta())


def _http_date(value: str | None) -> datetime | None:
    """An HTTP-date (RFC 9110 5.6.7), in UTC whichever way it is written."""
    try:
        found = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
