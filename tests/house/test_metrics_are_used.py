"""The catalogue of metrics is closed and alive: no metric is made elsewhere, and none is in it that nothing sets."""

import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from shared.platform.observability import metrics

CATALOGUE = Path("shared/platform/observability/metrics.py")
SOURCES = {
    file: file.read_text(encoding="utf-8")
    for root in ("services", "shared")
    for file in Path(root).rglob("*.py")
    if file != CATALOGUE
}
NAMES = [name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase) and name != "BUILD_INFO"]


def test_each_metric_is_set_somewhere() -> None:
    unused = [name for name in NAMES if not any(re.search(rf"\b{name}\b", text) for text in SOURCES.values())]

    assert len(NAMES) > 20
    assert unused == []


def test_no_metric_is_made_outside_the_catalogue() -> None:
    made = [
        str(file) for file, text in SOURCES.items() if re.search(r"\b(Counter|Gauge|Histogram|Summary)\(\s*\"", text)
    ]

    assert made == []
