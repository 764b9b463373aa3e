"""Metrics keep the rules of names, units and labels, each is set by code, and each process exposes only its own."""

import re
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from operate.metrics_page import Described, catalogues_of, described
from operate.runtime.databases import SERVICES
from shared.platform.observability import metrics
from shared.platform.observability.declaring import Catalogue, Sampled
from shared.platform.observability.exposition import Role, exported, registry_of
from shared.platform.observability.metrics import PLATFORM

ALL = {service: list(described(catalogues_of(service))) for service in SERVICES} | {
    "platform": list(described([PLATFORM]))
}
NAMES = [(owner, each) for owner, found in ALL.items() for each in found]
OF_SCRAPERS = {"job", "instance", "service", "le", "quantile", "__name__", "exported_job", "exported_instance"}
IDS = {"org", "organisation", "case_id", "customer", "subject", "path", "key", "event_id", "request_id", "trace_id"}
LABELS = {
    *("route", "method", "code", "reason", "result", "topic", "type", "kind", "group", "job_name", "sample"),
    *("place", "certificate", "version", "python", "state", "status", "severity", "due", "case_type"),
    *("currency", "outcome", "channel", "waits_for", "organisation"),
    *("before", "after"),  # case types of packs: 250 pairs at most
}
"""Every label that there is: a new one is added here, by hand, with its bound."""
MOST_SERIES = 1_500
"""Of one process, before it has served anything, without the buckets of histograms."""
WORDS_OF_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|days|kb|mb|minor|fen|percent|count|total)$")
METRIC_FILES = [*sorted(Path("services").rglob("metrics.py")), Path("shared/platform/observability/metrics.py")]


@pytest.mark.parametrize(("owner", "metric"), NAMES, ids=lambda value: getattr(value, "name", value))
def test_a_name_has_the_prefix_a_base_unit_and_help(owner: str, metric: Described) -> None:
    assert re.fullmatch(r"redress(_[a-z]+)+", metric.name)
    assert owner == "platform" or metric.name.startswith(f"redress_{owner}_")
    assert WORDS_OF_UNITS.search(metric.name) is None
    assert metric.kind != "histogram" or metric.unit == "s"
    assert metric.text[0].isupper()
    assert metric.text.endswith(".")


@pytest.mark.parametrize(("_owner", "metric"), NAMES, ids=lambda value: getattr(value, "name", value))
def test_labels_are_known_and_are_no_ids_and_none_of_the_scrapers(_owner: str, metric: Described) -> None:
    labels = set(metric.labels)
    assert labels <= LABELS
    assert labels & OF_SCRAPERS == set()
    assert labels & IDS == ({"organisation"} if "organisation" in metric.name else set())


def test_no_service_has_a_name_twice() -> None:
    for service in SERVICES:
        names = [each.name for each in (*ALL[service], *ALL["platform"])]
        assert len(names) == len(set(names))
    assert len({each.name for _, each in NAMES}) == len(NAMES)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", get_args(Role))
def test_a_process_exposes_what_its_role_uses(service: str, role: Role) -> None:
    catalogues = (PLATFORM, *catalogues_of(service))
    exposed = names_in(registry_of(catalogues, role=role))
    of_workers = {each.name for owner in (service, "platform") for each in ALL[owner] if "worker" in each.exported_by}
    of_apis = {each.name for owner in (service, "platform") for each in ALL[owner] if each.exported_by == "each api"}
    assert bool(exposed & of_workers) == (role != "api")
    assert bool(exposed & of_apis) == (role != "worker")
    others = {each.name for other in SERVICES if other != service for each in ALL[other]}
    assert exposed & others == set()


@pytest.mark.parametrize("service", SERVICES)
def test_series_exist_from_the_start_and_are_bounded(service: str) -> None:
    registry = registry_of((PLATFORM, *catalogues_of(service)))
    series = [
        sample
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_created"))
    ]
    assert len(series) < MOST_SERIES
    closed = {name for name, values in CLOSED.items() if name.startswith((f"redress_{service}_", "redress_http_"))}
    for name in closed:
        found = {tuple(sample.labels.values()) for sample in series if sample.name == name}
        assert {(value,) for value in CLOSED[name]} <= found, name


CLOSED = {
    "redress_sla_breaches_total": ("breach", "warning"),
    "redress_notify_webhook_attempts_total": ("delivered", "temporary", "permanent", "gone", "unknown"),
    "redress_settlement_erp_callbacks_total": ("taken", "not_proven", "unknown", "contradicts"),
    "redress_http_requests_refused_total": ("queue_full", "shed", "waited", "bodies", "rate"),
}
"""Label values by name, in the order of no set: what exists before anything has happened."""


def test_a_tenant_is_a_label_only_where_a_setting_asks_for_it() -> None:
    for service in SERVICES:
        for catalogue in (PLATFORM, *catalogues_of(service)):
            off = [labels_of(each) for each in exported(catalogue, role="all", by_organisation=False)]
            assert not any("organisation" in labels for labels in off)
            assert all("organisation" in labels_of(each) for each in catalogue.by_organisation)


def test_a_metric_without_help_or_with_a_scrapers_label_would_be_seen() -> None:
    bad = Catalogue(
        process=(Counter("redress_x", "x", ("job",), registry=None), Gauge("redress_y_ms", "Y.", registry=None))
    )
    first, second = described([bad])
    assert set(first.labels) & OF_SCRAPERS
    assert not first.text.endswith(".")
    assert WORDS_OF_UNITS.search(second.name)


def test_each_metric_is_set_somewhere() -> None:
    sources = [file.read_text(encoding="utf-8") for root in ("services", "shared") for file in Path(root).rglob("*.py")]
    declared = {
        name
        for file in METRIC_FILES
        for name in re.findall(
            r"^([A-Z_]+): Final = (?:counter|gauge|histogram)\(", file.read_text("utf-8"), re.MULTILINE
        )
    }
    assert len(declared) == len({each.name for _, each in NAMES})
    for name in declared:
        naming = [text for text in sources if name in text]
        used = sum(len(re.findall(rf"(?:metrics\.)?\b{name}\b\s*(?:\.|\,? )", text)) for text in naming)
        setters = sum(
            len(re.findall(rf"\b{name}\.(?:labels|set|inc|observe|clear|set_function)|\({name},|{name}\)", text))
            for text in naming
        )
        assert used + setters > 1, name


def test_no_metric_is_made_outside_a_metrics_module() -> None:
    made = [
        str(file)
        for root in ("services", "shared", "operate")
        for file in Path(root).rglob("*.py")
        if file.name not in {"metrics.py", "declaring.py"}
        and re.search(r"\b(Counter|Gauge|Histogram|Summary|Enum|Info)\(\s*\"", file.read_text(encoding="utf-8"))
    ]
    assert made == []


def test_old_names_are_gone() -> None:
    """Names without the prefix that were exported before; an alias would be a second series of the same thing."""
    old = re.compile(
        r"[^_a-z](http_(request_duration|catch_up)_seconds|inbox_handled_total|outbox_duplicates_possible|timers_open|"
        r"timer_fire_lag_seconds|consumer_cause_waits|http_requests_waiting|payout_(unknown|pending)_age_seconds|sla_warnings_overtaken)"
    )
    kept = [
        str(file)
        for root in ("services", "shared", "operate", "docs", "deploy", "tests")
        for file in Path(root).rglob("*")
        if file.suffix in {".py", ".md", ".yml", ".yaml", ".json"}
        and file != Path(__file__).resolve().relative_to(Path.cwd())
        and old.search(file.read_text(encoding="utf-8"))
    ]
    assert kept == []


def names_in(registry: CollectorRegistry) -> set[str]:
    """The names that are registered, also of samples that this process does not lead."""
    return {
        name
        for collector in registry._collector_to_names
        if isinstance(collector, Sampled) or hasattr(collector, "_labelnames")
        for family in collector.describe()  # type: ignore[attr-defined]
        for name in [family.name]
    }


def labels_of(collector: object) -> set[str]:
    gauges = collector.gauges if isinstance(collector, Sampled) else (collector,)
    return {label for gauge in gauges for label in gauge._labelnames}  # type: ignore[attr-defined]


def test_the_modules_of_the_services_are_the_catalogues() -> None:
    for service in SERVICES:
        root = import_module(f"services.{service}.metrics")
        features = [file for file in METRIC_FILES if file.parts[1:2] == (service,) and len(file.parts) == 4]
        assert len(root.METRICS) == len(features)
    assert metrics.PLATFORM is PLATFORM
