"""Spans reach a collector over OTLP/HTTP as they were recorded; a collector that is gone holds nothing up."""

import time
from collections.abc import Iterator

import pytest

from shared.platform.observability.context import Context, from_stored
from shared.platform.observability.otlp import EXPORT_SECONDS, MOST_WAITING, OtlpSink
from shared.platform.observability.tracing import Span
from tests.support.otlp import Collector, collector, silent_collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


@pytest.fixture
def receiver() -> Iterator[Collector]:
    with collector() as running:
        yield running


def span(context: Context, *, error: str | None = None) -> Span:
    began = 1_790_000_000_000_000_000
    return Span(
        name="process redress.intake.v1",
        kind="consumer",
        context=context,
        began=began,
        ended=began + 250_000_000,
        attributes={"messaging.system": "kafka", "messaging.kafka.offset": 7},
        error=error,
    )


def test_a_span_arrives_with_its_ids_times_and_attributes(receiver: Collector) -> None:
    sink = OtlpSink(f"{receiver.url}/", service="sla")
    context = from_stored(f"00-{TRACE}-{CALLER}-01")

    sink.record(span(context))
    sink.stop(seconds=10)

    [received] = receiver.spans
    assert (received.service, received.name, received.kind) == ("redress-sla", "process redress.intake.v1", "consumer")
    assert (received.trace_id, received.span_id, received.parent_id) == (TRACE, context.span_id, CALLER)
    assert received.seconds == 0.25
    assert received.attributes == {"messaging.system": "kafka", "messaging.kafka.offset": 7}
    assert not received.is_error


def test_a_trace_that_begins_here_has_no_parent(receiver: Collector) -> None:
    sink = OtlpSink(receiver.url, service="sla")
    contexts = [from_stored(None), from_stored(None)]

    for context in contexts:
        sink.record(span(context))
    sink.stop(seconds=10)

    assert {(each.trace_id, each.span_id, each.parent_id) for each in receiver.spans} == {
        (context.trace_id, context.span_id, "") for context in contexts
    }


def test_an_error_is_said_in_the_status_and_the_type(receiver: Collector) -> None:
    sink = OtlpSink(receiver.url, service="sla")

    sink.record(span(from_stored(None), error="DatabaseUnavailable"))
    sink.stop(seconds=10)

    [received] = receiver.spans
    assert received.is_error
    assert received.attributes["error.type"] == "DatabaseUnavailable"


def test_a_trace_that_its_beginning_did_not_sample_is_not_sent(receiver: Collector) -> None:
    sink = OtlpSink(receiver.url, service="sla")

    sink.record(span(from_stored(f"00-{TRACE}-{CALLER}-00")))
    sink.record(span(from_stored(f"00-{TRACE}-{CALLER}-01")))
    sink.stop(seconds=10)

    assert len(receiver.spans) == 1


def test_a_collector_that_never_answers_holds_up_neither_records_nor_the_end() -> None:
    with silent_collector() as url:
        sink = OtlpSink(url, service="sla")
        began = time.monotonic()

        for _ in range(MOST_WAITING + 100):
            sink.record(span(from_stored(None)))
        sink.stop(seconds=0.2)

        assert time.monotonic() - began < EXPORT_SECONDS


def test_a_collector_that_is_not_there_does_not_hold_up_the_end() -> None:
    sink = OtlpSink("http://127.0.0.1:1", service="sla")
    sink.record(span(from_stored(None)))
    began = time.monotonic()

    sink.stop(seconds=0.2)

    assert time.monotonic() - began < EXPORT_SECONDS
