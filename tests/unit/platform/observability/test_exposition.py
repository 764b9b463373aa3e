"""What is exposed: the format that is asked for, exemplars in OpenMetrics, samples only while the process leads."""

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from shared.platform.observability import metrics
from shared.platform.observability.context import new_traceparent
from shared.platform.observability.declaring import Catalogue, Sampled, counter, gauge, histogram, largest, show
from shared.platform.observability.exemplars import exemplar_of
from shared.platform.observability.exposition import exposition, registry_of

OF_PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def only(catalogue: Catalogue) -> CollectorRegistry:
    return registry_of([catalogue])


def values(registry: CollectorRegistry, name: str) -> list[tuple[dict[str, str], float]]:
    text = exposition(registry, None)[0].decode()
    return [
        (sample.labels, sample.value) for family in plain_text(text) for sample in family.samples if sample.name == name
    ]


def test_openmetrics_is_answered_where_it_is_accepted_and_plain_text_otherwise() -> None:
    registry = only(Catalogue(process=(counter("redress_x", "X."),)))
    body, media_type = exposition(registry, OF_PROMETHEUS)
    assert media_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert body.endswith(b"# EOF\n")
    for accept in (None, "", "*/*", "text/html"):
        body, media_type = exposition(registry, accept)
        assert media_type == "text/plain; version=0.0.4; charset=utf-8"
        assert b"# EOF" not in body


def test_every_platform_metric_can_be_read_in_both_formats() -> None:
    registry = only(metrics.PLATFORM)
    body, _ = exposition(registry, OF_PROMETHEUS)
    read = open_metrics(body.decode())  # type: ignore[no-untyped-call]
    ours = {family.name for family in read if family.name.startswith("redress_")}
    theirs = {family.name for family in plain_text(exposition(registry, None)[0].decode())}
    assert len(ours) > 25
    assert ours <= theirs


def test_an_exemplar_names_the_trace_in_openmetrics_only() -> None:
    latency = histogram("redress_x_seconds", "X.", buckets=(1.0, 2.0))
    latency.observe(1.5, exemplar_of(f"00-{TRACE}-00f067aa0ba902b7-01"))
    registry = only(Catalogue(process=(latency,)))
    assert (
        f'redress_x_seconds_bucket{{le="2.0"}} 1.0 # {{trace_id="{TRACE}"}} 1.5'.encode()
        in exposition(registry, OF_PROMETHEUS)[0]
    )
    assert TRACE.encode() not in exposition(registry, None)[0]


def test_only_sampled_traces_are_exemplars() -> None:
    assert exemplar_of(new_traceparent()) is not None
    assert exemplar_of(f"00-{TRACE}-00f067aa0ba902b7-03") == {"trace_id": TRACE}
    for unfit in (None, "", f"00-{TRACE}-00f067aa0ba902b7-00", f"00-{TRACE}-00f067aa0ba902b7-zz", "00-short-01"):
        assert exemplar_of(unfit) is None


def test_what_the_database_says_is_exposed_only_while_it_is_measured() -> None:
    pending = gauge("redress_x_pending", "X.")
    sampled = Sampled("x", pending)
    registry = only(Catalogue(samples=(sampled,)))
    pending.set(3)
    assert values(registry, "redress_x_pending") == []
    sampled.measured()
    assert values(registry, "redress_x_pending") == [({}, 3.0)]
    sampled.withdraw()
    assert values(registry, "redress_x_pending") == []


def test_an_api_process_has_nothing_of_a_worker() -> None:
    catalogue = Catalogue(
        process=(gauge("redress_p", "P."),),
        api=(counter("redress_a", "A."),),
        worker=(counter("redress_w", "W."),),
    )
    named = {
        role: {family.name for family in registry_of([catalogue], role=role).collect()}
        & {"redress_p", "redress_a", "redress_w"}
        for role in ("all", "api", "worker")
    }
    assert named == {
        "all": {"redress_p", "redress_a", "redress_w"},
        "api": {"redress_p", "redress_a"},
        "worker": {"redress_p", "redress_w"},
    }


def test_every_series_of_closed_labels_exists_from_the_start() -> None:
    breaches = counter("redress_x", "X.", severity=("breach", "warning"), side=("a", "b"))
    assert values(only(Catalogue(process=(breaches,))), "redress_x_total") == [
        ({"severity": "breach", "side": "a"}, 0.0),
        ({"severity": "breach", "side": "b"}, 0.0),
        ({"severity": "warning", "side": "a"}, 0.0),
        ({"severity": "warning", "side": "b"}, 0.0),
    ]


def test_beyond_the_bound_the_smallest_are_one_series() -> None:
    cases: dict[tuple[str, ...], float] = {("a", "open"): 5, ("b", "open"): 7, ("c", "open"): 1, ("d", "closed"): 2}
    assert largest(cases, most=2) == {("b", "open"): 7, ("a", "open"): 5, ("other", "other"): 3}
    assert largest(cases, most=4) == cases
    assert largest({}, most=2) == {}


def test_showing_forgets_series_that_are_no_longer_there() -> None:
    cases = gauge("redress_x_cases", "X.", case_type=(), status=())
    registry = only(Catalogue(process=(cases,)))
    show(cases, {("a", "open"): 5})
    show(cases, {("a", "closed"): 5})
    assert values(registry, "redress_x_cases") == [({"case_type": "a", "status": "closed"}, 5.0)]
