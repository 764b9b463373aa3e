"""The sample that counts contacts."""

from typing import Final

from services.intake.contacts import metrics, store
from shared.platform.db.transaction import Transaction
from shared.platform.observability.declaring import largest, show
from shared.platform.sampling import Sample

MOST_KINDS: Final = 50


async def _measure(tx: Transaction) -> None:
    kinds: dict[tuple[str, ...], float] = {
        (kind,): float(number) for kind, number in (await store.count_by_kind(tx)).items()
    }
    show(metrics.CONTACTS, largest(kinds, most=MOST_KINDS))


SAMPLES: Final = (Sample(gauges=metrics.COUNTED, measure=_measure, every_seconds=30.0),)
