"""The sample that counts extensions."""

from typing import Final

from services.sla.extensions import metrics, store
from services.sla.extensions.rules.extension import ExtensionState
from shared.platform.db.transaction import Transaction
from shared.platform.sampling import Sample


async def _measure(tx: Transaction) -> None:
    counted = await store.count_by_state(tx)
    for state in ExtensionState:
        metrics.EXTENSIONS.labels(state=state).set(counted.get(state, 0))


SAMPLES: Final = (Sample(gauges=metrics.COUNTED, measure=_measure, every_seconds=30.0),)
