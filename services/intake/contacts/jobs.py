"""The sample that counts contacts."""

from typing import Final

from services.intake.contacts import metrics, store
from shared.platform.db.transaction import Transaction
from shared.platform.observability.declaring import largest, show
from shared.platform.sampling import Sample

MOST_KINDS: Final = 50


async def _measure(tx: Transaction) -> None:
    show(metrics.CONTACTS, largest(await store.count_by_kind(tx), most=MOST_KINDS))


SAMPLES: Final = (Sample(gauges=metrics.COUNTED, measure=_measure, every_seconds=30.0),)
