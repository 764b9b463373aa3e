"""The sample that says whether the ledger balances: it adds up all postings, once a minute at most."""

from typing import Final

from services.settlement.ledger import metrics, store
from shared.platform.db.transaction import Transaction
from shared.platform.sampling import Sample


async def _measure(tx: Transaction) -> None:
    metrics.UNBALANCED.set(await store.count_unbalanced(tx))


SAMPLES: Final = (Sample(gauges=metrics.BALANCE, measure=_measure, every_seconds=60.0),)
