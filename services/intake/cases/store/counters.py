"""Numbers without a gap: one row of a counter for each series of an organisation."""

from sqlalchemy.dialects.postgresql import insert

from services.intake.cases.rules.numbering import Series
from services.intake.cases.store.tables import COUNTER
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def next_number(tx: Transaction, series: Series, *, org: OrgId) -> str:
    """The next number of the series; the row stays locked until the transaction ends, so there is no gap."""
    first = insert(COUNTER).values(org_id=org, series=series.key, value=1)
    counted = first.on_conflict_do_update(
        index_elements=[COUNTER.c.org_id, COUNTER.c.series], set_={"value": COUNTER.c.value + 1}
    ).returning(COUNTER.c.value)
    return series.number((await tx.execute(counted)).scalar_one())
