"""The catalogue follows Prometheus naming: base units, no ids in labels, one help text each."""

import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from shared.platform.observability import metrics

CATALOGUE = {name: value for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
FORBIDDEN_LABELS = {"org", "case_id", "path", "subject", "request_id", "key"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_naming(name: str) -> None:
    metric = CATALOGUE[name]
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", metric._name)
    assert not metric._name.endswith(("_ms", "_millis", "_minutes", "_count"))
    assert metric._documentation.endswith(".")
    assert not FORBIDDEN_LABELS & set(metric._labelnames)


def test_histograms_measure_seconds() -> None:
    assert all(m._name.endswith("_seconds") for m in CATALOGUE.values() if m._type == "histogram")


def test_the_exposition_has_build_info() -> None:
    metrics.announce_build("intake")
    assert b'build_info{python="' in metrics.exposition()
