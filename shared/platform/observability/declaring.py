"""How a metric is declared: `redress_` in front, a base unit at the end, labels with closed sets of values.

A declared metric belongs to no registry. A process registers those that its service and role uses (`exposition`), so
that an api process exposes nothing of a worker, whichever modules it has imported. Series whose label values are
known exist from the start at 0: `rate` and `increase` miss the first increment of a series that begins with it
(https://prometheus.io/docs/practices/naming/,
https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeVar

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOW: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
KNOWN_LATER: Final[tuple[str, ...]] = ()
"""Values that are known when the process is put together: routes, topics, event types, jobs."""
OTHER: Final = "other"
"""The value of what is beyond a bounded set."""
_UNITS: Final = ("seconds", "bytes", "records")

M = TypeVar("M", bound=MetricWrapperBase)

# When each series began, as a further series of each counter and histogram, would double what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]


def counter(name: str, text: str, **labels: Iterable[str]) -> Counter:
    """A counter; its name is exposed with `_total`."""
    return _with_series(Counter(name, text, tuple(labels), registry=None), labels)


def gauge(name: str, text: str, **labels: Iterable[str]) -> Gauge:
    """A gauge."""
    return _with_series(Gauge(name, text, tuple(labels), registry=None, unit=_unit(name)), labels)


def histogram(name: str, text: str, *, buckets: Sequence[float] = FAST, **labels: Iterable[str]) -> Histogram:
    """A histogram of seconds."""
    made = Histogram(name, text, tuple(labels), registry=None, unit=_unit(name), buckets=buckets)
    return _with_series(made, labels)


def _with_series(metric: M, labels: Mapping[str, Iterable[str]]) -> M:
    if labels:
        for values in product(*labels.values()):
            metric.labels(*values)
    return metric


def _unit(name: str) -> str:
    return next((unit for unit in _UNITS if name.endswith(f"_{unit}")), "")


class Sampled:
    """Gauges of what is true of the database, exported by the process that leads, and only while it does.

    `of_database` is for what is true of the database server and not of one service's schema.
    """

    def __init__(self, name: str, *gauges: Gauge, of_database: bool = False) -> None:
        self.name = name
        self.gauges = gauges
        self.of_database = of_database
        self._is_measured = False

    def measured(self) -> None:
        """Export the values from now on."""
        self._is_measured = True

    def withdraw(self) -> None:
        """Export nothing until the values have been measured again."""
        self._is_measured = False

    def describe(self) -> Iterator[Metric]:
        """The families, without values."""
        for each in self.gauges:
            yield from each.describe()

    def collect(self) -> Iterator[Metric]:
        """The families, while this process leads."""
        if self._is_measured:
            for each in self.gauges:
                yield from each.collect()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Metrics of the platform or of a feature, by the processes that export them.

    `by_organisation` has the label `organisation`, and is exported where a setting asks for it.
    """

    process: tuple[MetricWrapperBase, ...] = ()
    api: tuple[MetricWrapperBase, ...] = ()
    worker: tuple[MetricWrapperBase, ...] = ()
    samples: tuple[Sampled, ...] = ()
    by_organisation: tuple[Sampled, ...] = ()


def show(metric: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    """Set the series of `values` and forget all others."""
    metric.clear()
    for labels, value in values.items():
        metric.labels(*labels).set(value)


def largest(values: Mapping[tuple[str, ...], float], *, most: int) -> dict[tuple[str, ...], float]:
    """The `most` largest of `values` by name; the rest is one sum whose labels are all `other`."""
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    kept = dict(ordered[:most])
    if rest := ordered[most:]:
        other = (OTHER,) * len(rest[0][0])
        kept[other] = kept.get(other, 0.0) + sum(value for _, value in rest)
    return kept
