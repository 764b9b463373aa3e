"""Samples of the database taken at once, and what a gauge says."""

from collections.abc import Iterable

from prometheus_client.metrics import MetricWrapperBase

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.sampling import Sample


async def take(db: Database, samples: Iterable[Sample]) -> None:
    async with reading(db) as tx:
        for sample in samples:
            await sample.measure(tx)


def values(metric: MetricWrapperBase) -> dict[tuple[str, ...], float]:
    """The series by the values of their labels; of a histogram only its count."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in metric.collect()
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_sum"))
    }
