"""What the answer of a mail server or of a webhook endpoint means for an attempt."""

from datetime import timedelta
from typing import Final

from services.notify.messages.rules import Outcome, Verdict

_SUCCESS: Final = range(200, 300)


_GONE: Final = 410


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


def retry_after(value: str | None) -> timedelta | None:
    """The delay form of Retry-After (RFC 9110 10.2.3); the date form would need the receiver's clock and is ignored."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 (31 years)
        return None
    return timedelta(seconds=int(value))
