"""The context of the current work: correlation id, W3C trace context, request id, organisation.

The HTTP edge opens one per request and the consumer loop one per event; the outbox and the log
read it. Trace ids follow W3C Trace Context level 1 (https://www.w3.org/TR/trace-context/).
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from shared.kernel.ids import new_id

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SANE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_ZERO_TRACE: Final = "0" * 32
_ZERO_SPAN: Final = "0" * 16


class Cause(NamedTuple):
    """The event that is handled: its ordering key, and its version of the aggregate whose events are on `topic`."""

    key: str
    topic: str
    aggregate: str
    aggregate_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The ids that travel with one request or event.

    `traceparent` names the span of this work, `parent` the one that caused it, None where the trace begins.
    """

    correlation_id: str
    traceparent: str
    parent: str | None = None
    request_id: str | None = None
    org: str | None = None
    cause: Cause | None = None

    @property
    def trace_id(self) -> str:
        """The 32 hex digits shared by every hop of the trace."""
        return self.traceparent[3:35]

    @property
    def span_id(self) -> str:
        """The 16 hex digits of the span of this work."""
        return self.traceparent[36:52]


_CURRENT: ContextVar[Context | None] = ContextVar("redress_context", default=None)


def new_traceparent() -> str:
    """A sampled trace that begins here."""
    ids = secrets.token_hex(24)
    return f"00-{ids[:32]}-{ids[32:]}-01"


def continuable(traceparent: str | None) -> str | None:
    """`traceparent`, or None when it is absent or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return None if match is None or match[1] == _ZERO_TRACE or match[2] == _ZERO_SPAN else traceparent


def next_hop(traceparent: str | None) -> str:
    """`traceparent` with a new span id; a new trace when it is absent or malformed."""
    parent = continuable(traceparent)
    return new_traceparent() if parent is None else f"{parent[:36]}{secrets.token_hex(8)}{parent[52:]}"


def sane_id(text: str | None) -> str | None:
    """`text` when it may be logged and sent on as an id (ASCII, at most 128), else None."""
    return text if text and _SANE_ID.fullmatch(text) else None


def from_request(*, request_id: str | None, correlation_id: str | None, traceparent: str | None) -> Context:
    """The context of an HTTP request from its headers, none of them trusted."""
    request = sane_id(request_id) or new_id()
    return Context(
        correlation_id=sane_id(correlation_id) or request,
        traceparent=next_hop(traceparent),
        parent=continuable(traceparent),
        request_id=request,
    )


def from_event(
    *, correlation_id: str, traceparent: str | None, org: str | None = None, cause: Cause | None = None
) -> Context:
    """The context in which an event is handled: same correlation and trace, a new span."""
    return Context(
        correlation_id=correlation_id,
        traceparent=next_hop(traceparent),
        parent=continuable(traceparent),
        org=org,
        cause=cause,
    )


def from_stored(traceparent: str | None) -> Context:
    """The context of a job's work on a row that keeps the `traceparent` of the request or event that asked for it."""
    return from_event(correlation_id=new_id(), traceparent=traceparent)


def child(context: Context) -> Context:
    """The same ids with a span below `context`'s."""
    return replace(context, traceparent=next_hop(context.traceparent), parent=context.traceparent)


def current() -> Context:
    """The context of the running request or event; a fresh one outside of both."""
    context = _CURRENT.get()
    return context if context is not None else Context(correlation_id=new_id(), traceparent=new_traceparent())


def current_or_none() -> Context | None:
    """The context of the running request or event, if there is one."""
    return _CURRENT.get()


def current_traceparent() -> str | None:
    """What a row keeps, so that the work on it later belongs to the same trace; None outside of request and event."""
    context = _CURRENT.get()
    return None if context is None else context.traceparent


@contextmanager
def use(context: Context) -> Iterator[Context]:
    """Make `context` current inside the block."""
    token = _CURRENT.set(context)
    try:
        yield context
    finally:
        _CURRENT.reset(token)


def begin(context: Context) -> Token[Context | None]:
    """`use` without a block, for the hot path; pair with `end`."""
    return _CURRENT.set(context)


def end(token: Token[Context | None]) -> None:
    """Undo `begin`."""
    _CURRENT.reset(token)


def name_organisation(org: str) -> None:
    """Add the organisation, once the token has been verified, to the current context."""
    context = _CURRENT.get()
    if context is not None:
        _CURRENT.set(replace(context, org=org))
