"""Spans of OpenTelemetry, recorded when they have ended, under the ids that contexts have anyway (ADR 0070).

Without `REDRESS_OTLP_ENDPOINT` there is no sink, nothing is recorded and the SDK is not imported. Names and attributes
follow the semantic conventions of OpenTelemetry 1.44 for HTTP and messaging; ours begin with `redress.`. An attribute
is an id or a closed set of words, never text of a person.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from shared.platform.observability.context import Context, begin, end

Kind = Literal["server", "client", "producer", "consumer", "internal"]
Attributes = Mapping[str, str | int]

CASE_ID: Final = "redress.case_id"
ERROR_TYPE: Final = "error.type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One piece of work that has ended; `context` has its id and its parent's, times are nanoseconds since 1970."""

    name: str
    kind: Kind
    context: Context
    began: int
    ended: int
    attributes: Attributes
    error: str | None = None
    """What went wrong, as `error.type`; None when it went well."""


class Sink(Protocol):
    """Where spans go: neither waits nor raises."""

    def record(self, span: Span) -> None:
        """Take a span."""
        ...

    def stop(self, *, seconds: float) -> None:
        """Deliver what was taken, for at most `seconds`."""
        ...


class Spans:
    """The spans of this process."""

    def __init__(self) -> None:
        self._sink: Sink | None = None

    @property
    def are_recorded(self) -> bool:
        """Whether there is a sink; without one nothing is to be prepared for it."""
        return self._sink is not None

    def send_to(self, sink: Sink | None) -> None:
        """Record into `sink` from now on; None records nothing."""
        self._sink = sink

    def record(self, span: Span) -> None:
        """Hand the span to the sink, if there is one."""
        if self._sink is not None:
            self._sink.record(span)

    def stop(self, *, seconds: float) -> None:
        """Record no more; deliver what was recorded, for at most `seconds`."""
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.stop(seconds=seconds)


SPANS: Final = Spans()


class Work:
    """A span under way: what is found out is added."""

    __slots__ = ("attributes", "context", "error")

    def __init__(self, context: Context, attributes: Attributes) -> None:
        self.context = context
        self.attributes = dict(attributes)
        self.error: str | None = None


@contextmanager
def traced(name: str, *, kind: Kind, context: Context, attributes: Attributes) -> Iterator[Work]:
    """Run the block under `context`, and record it as a span; an exception is its error."""
    work = Work(context, attributes)
    token = begin(context)
    try:
        with side_by_side(kind, lambda: [(name, work)]):
            yield work
    finally:
        end(token)


@contextmanager
def side_by_side(kind: Kind, works: Callable[[], Iterable[tuple[str, Work]]]) -> Iterator[None]:
    """Record the block as many spans, one for each name and work that `works` gives at its end.

    One span for each event of a batch, not one for the batch: the events belong to the traces of different complaints.
    """
    if not SPANS.are_recorded:
        yield
        return
    began = time.time_ns()
    failed: str | None = None
    try:
        yield
    except BaseException as error:
        failed = type(error).__name__
        raise
    finally:
        ended = time.time_ns()
        for name, work in works():
            SPANS.record(
                Span(
                    name=name,
                    kind=kind,
                    context=work.context,
                    began=began,
                    ended=ended,
                    attributes=work.attributes,
                    error=failed or work.error,
                )
            )
