"""Spans to an OTLP/HTTP collector, by the SDK of OpenTelemetry; imported only when an endpoint is set.

A thread of the SDK sends them every two seconds, or when 512 wait. It keeps 8,192; the oldest are dropped, and a batch
that the collector does not take within five seconds is. The SDK's own variables apply too:
`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_RESOURCE_ATTRIBUTES`.
"""

from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from shared.platform.observability.tracing import ERROR_TYPE, Span
from shared.platform.version import VERSION

TRACES: Final = "/v1/traces"
MOST_WAITING: Final = 8192
BATCH: Final = 512
SEND_EVERY_MS: Final = 2_000
EXPORT_SECONDS: Final = 5.0
_KINDS: Final = {kind.name.lower(): kind for kind in SpanKind}
_FROM_ELSEWHERE: Final = frozenset({"server", "consumer"})
"""Kinds of spans whose parent is another process's."""


class OtlpSink:
    """Sends spans to `endpoint`, the base address of a collector, as the spans of `service`."""

    def __init__(self, endpoint: str, *, service: str) -> None:
        self._ids = _GivenIds()
        exporter = OTLPSpanExporter(
            endpoint=endpoint.rstrip("/") + TRACES, timeout=EXPORT_SECONDS, compression=Compression.Gzip
        )
        self._provider = TracerProvider(
            sampler=ParentBased(ALWAYS_ON),
            resource=Resource.create(
                {"service.name": f"redress-{service}", "service.namespace": "redress", "service.version": VERSION}
            ),
            id_generator=self._ids,
            span_limits=SpanLimits(),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=MOST_WAITING,
                max_export_batch_size=BATCH,
                schedule_delay_millis=SEND_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("redress", VERSION)

    def record(self, span: Span) -> None:
        """Hand the span to the SDK's thread; one that the trace's beginning did not sample is not sent."""
        self._ids.own = _span_context(span.context.traceparent, is_remote=False)
        parent = _span_context(span.context.parent, is_remote=span.kind in _FROM_ELSEWHERE)
        started = self._tracer.start_span(
            span.name,
            context=set_span_in_context(NonRecordingSpan(parent)),
            kind=_KINDS[span.kind],
            attributes=span.attributes,
            start_time=span.began,
        )
        if span.error is not None:
            started.set_attribute(ERROR_TYPE, span.error)
            started.set_status(Status(StatusCode.ERROR))
        started.end(end_time=span.ended)

    def stop(self, *, seconds: float) -> None:
        """Send what waits; the SDK would wait half a minute for a collector that is gone."""
        stopping = Thread(target=self._provider.shutdown, name="spans", daemon=True)
        stopping.start()
        stopping.join(seconds)


class _GivenIds(IdGenerator):
    """The ids of the span that is recorded next."""

    own: SpanContext = INVALID_SPAN_CONTEXT

    def generate_span_id(self) -> int:
        return self.own.span_id

    def generate_trace_id(self) -> int:
        return self.own.trace_id


def _span_context(traceparent: str | None, *, is_remote: bool) -> SpanContext:
    if traceparent is None:
        return INVALID_SPAN_CONTEXT
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(int(trace, 16), int(span, 16), is_remote, TraceFlags(int(flags, 16)))
