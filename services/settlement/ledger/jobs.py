"""The job that measures whether the ledger balances."""

from typing import Final

from services.settlement.ledger import store
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.observability import metrics
from shared.platform.worker import Job

_GAUGE_SECONDS: Final = 5.0


async def _measure(db: Database) -> int:
    async with reading(db) as tx:
        metrics.LEDGER_IMBALANCE.set(await store.imbalance(tx))
    return 0


MEASURE_LEDGER: Final = Job(name="ledger_gauge", run=_measure, idle_seconds=_GAUGE_SECONDS)
