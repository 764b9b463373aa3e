"""Spans are recorded when they have ended, under the ids of contexts; without a sink nothing is."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from shared.platform.observability.context import Context, child, current, from_request, from_stored
from shared.platform.observability.tracing import SPANS, Span, Work, side_by_side, traced

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


class Kept:
    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.stopped_within: float | None = None

    def record(self, span: Span) -> None:
        self.spans.append(span)

    def stop(self, *, seconds: float) -> None:
        self.stopped_within = seconds


@pytest.fixture
def kept() -> Iterator[Kept]:
    sink = Kept()
    SPANS.send_to(sink)
    yield sink
    SPANS.send_to(None)


def test_a_block_is_a_span_under_its_context(kept: Kept) -> None:
    context = from_stored(PARENT)

    with traced("pay", kind="internal", context=context, attributes={"redress.attempt": 2}) as work:
        assert current() == context
        work.attributes["redress.outcome"] = "paid"

    [span] = kept.spans
    assert (span.name, span.kind, span.error) == ("pay", "internal", None)
    assert span.context.parent == PARENT
    assert span.context.trace_id == TRACE
    assert span.attributes == {"redress.attempt": 2, "redress.outcome": "paid"}
    assert 0 < span.began <= span.ended


def test_an_exception_is_the_error_and_goes_on(kept: Kept) -> None:
    with pytest.raises(ValueError, match="digits"), traced("pay", kind="internal", context=current(), attributes={}):
        raise ValueError("digits")

    assert [span.error for span in kept.spans] == ["ValueError"]


def test_a_found_error_is_kept_without_an_exception(kept: Kept) -> None:
    with traced("send email", kind="client", context=current(), attributes={}) as work:
        work.error = "smtp_refused"

    assert [span.error for span in kept.spans] == ["smtp_refused"]


def test_a_batch_has_a_span_for_each_of_its_traces(kept: Kept) -> None:
    contexts = [from_stored(PARENT), from_stored(None)]

    with side_by_side("consumer", lambda: [("process", Work(each, {})) for each in contexts]):
        pass

    assert [span.context for span in kept.spans] == contexts
    assert len({(span.began, span.ended) for span in kept.spans}) == 1
    assert contexts[0].trace_id != contexts[1].trace_id


def test_without_a_sink_nothing_is_made() -> None:
    def never() -> list[tuple[str, Work]]:
        raise AssertionError("asked for spans that nothing records")

    assert not SPANS.are_recorded
    with side_by_side("consumer", never):
        pass


def test_after_the_stop_nothing_is_recorded(kept: Kept) -> None:
    SPANS.stop(seconds=3)

    with traced("late", kind="internal", context=current(), attributes={}):
        pass

    assert kept.spans == []
    assert kept.stopped_within == 3


def test_a_child_has_the_same_ids_and_a_span_below() -> None:
    above = Context(correlation_id="c-1", traceparent=PARENT, org="o-1")

    below = child(above)

    assert (below.correlation_id, below.org, below.trace_id, below.parent) == ("c-1", "o-1", TRACE, PARENT)
    assert below.span_id != above.span_id


@pytest.mark.parametrize("given", [None, "", "00-zz", f"00-{'0' * 32}-b7ad6b7169203331-01"])
def test_a_request_without_a_readable_traceparent_has_no_parent(given: str | None) -> None:
    assert from_request(request_id=None, correlation_id=None, traceparent=given).parent is None


@pytest.mark.parametrize("service", ["intake", "sla", "settlement", "notify"])
def test_the_sdk_is_not_imported_where_nothing_is_recorded(service: str) -> None:
    program = f"import sys, services.{service}.service; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "shared.platform.observability.tracing" in done.stdout
    assert "opentelemetry.sdk" not in done.stdout
    assert "opentelemetry.exporter" not in done.stdout
