"""Ids in and out: W3C trace context read strictly, foreign ids only when sane."""

import pytest

from shared.platform.observability.context import current, from_event, from_request, next_hop, sane_id, use

TRACE = "0af7651916cd43dd8448eb211c80319c"
GOOD = f"00-{TRACE}-b7ad6b7169203331-01"


def test_a_hop_keeps_the_trace_and_takes_a_span_of_its_own() -> None:
    hop = next_hop(GOOD)
    assert hop[:36] == f"00-{TRACE}-"
    assert hop[36:52] != "b7ad6b7169203331"
    assert hop[52:] == "-01"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        GOOD.upper(),
        GOOD + "-x",
        GOOD[:-1],
        "01" + GOOD[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        GOOD + "\n",
    ],
)
def test_a_malformed_traceparent_starts_a_new_trace(bad: str | None) -> None:
    hop = next_hop(bad)
    assert len(hop) == 55
    assert TRACE not in hop


@pytest.mark.parametrize("text", ["a", "req-1.2:3_x", "a" * 128])
def test_sane_ids_are_kept(text: str) -> None:
    assert sane_id(text) == text


@pytest.mark.parametrize("text", [None, "", "a" * 129, "a b", "a\nb", "\x1b[31m", "é", "-a", "<script>"])
def test_other_ids_are_not(text: str | None) -> None:
    assert sane_id(text) is None


def test_a_request_without_ids_gets_one_for_both() -> None:
    context = from_request(request_id=None, correlation_id="bad id", traceparent=None)
    assert context.request_id == context.correlation_id


def test_an_event_is_handled_in_its_own_correlation_and_trace() -> None:
    with use(from_event(correlation_id="c-1", traceparent=GOOD)):
        assert current().correlation_id == "c-1"
        assert current().trace_id == TRACE
        assert current().traceparent != GOOD
    assert current().correlation_id != "c-1"
