"""The catalogue follows Prometheus naming: base units, no ids in labels, one help text each."""

import ast
import re
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase

from shared.platform.observability import metrics

CATALOGUE = {name: value for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
FORBIDDEN_LABELS = {"org", "case_id", "path", "subject", "request_id", "key"}


def family(metric: MetricWrapperBase) -> Metric:
    """Name, kind and help text, as they are exposed."""
    [found] = metric.collect()
    return found


@pytest.mark.parametrize("name", CATALOGUE)
def test_naming(name: str) -> None:
    found = family(CATALOGUE[name])
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", found.name)
    assert not found.name.endswith(("_ms", "_millis", "_minutes", "_count"))
    assert found.documentation.endswith(".")


def test_no_label_is_an_id() -> None:
    tree = ast.parse(Path("shared/platform/observability/metrics.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {"topic", "route"} <= texts
    assert not FORBIDDEN_LABELS & texts


def test_histograms_measure_seconds() -> None:
    histograms = [found for found in map(family, CATALOGUE.values()) if found.type == "histogram"]
    assert histograms
    assert all(found.name.endswith("_seconds") for found in histograms)


def test_the_exposition_has_build_info() -> None:
    metrics.announce_build("intake")
    assert b'build_info{python="' in metrics.exposition()
