"""The samples that count cases."""

from collections.abc import Sequence
from typing import Final

from services.intake.cases import metrics
from services.intake.cases.store import counted
from shared.platform.db.transaction import Transaction
from shared.platform.observability.declaring import largest, show
from shared.platform.sampling import Sample

MOST_SERIES: Final = 250
_SECONDS: Final = 30.0


def samples(*, organisations: int) -> Sequence[Sample]:
    """The samples; `organisations` have a series of their own, none where it is 0."""

    async def by_organisation(tx: Transaction) -> None:
        show(metrics.ORGANISATION_CASES, largest(await counted.by_organisation(tx), most=organisations))

    every = (
        Sample(gauges=metrics.COUNTED, measure=_by_type_and_status, every_seconds=_SECONDS),
        Sample(gauges=metrics.CHANGES_COUNTED, measure=_by_type_change, every_seconds=_SECONDS),
    )
    if not organisations:
        return every
    return (
        *every,
        Sample(gauges=metrics.COUNTED_BY_ORGANISATION, measure=by_organisation, every_seconds=_SECONDS),
    )


async def _by_type_and_status(tx: Transaction) -> None:
    show(metrics.CASES, largest(await counted.by_type_and_status(tx), most=MOST_SERIES))


async def _by_type_change(tx: Transaction) -> None:
    show(metrics.TYPE_CHANGES, largest(await counted.by_type_change(tx), most=MOST_SERIES))
