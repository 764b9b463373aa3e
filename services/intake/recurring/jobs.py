"""Opens the recurring cases that are due.

Real organisations' periods end on the database's clock, simulated ones' each on its own.
"""

from collections.abc import Sequence
from typing import Final

from services.intake.recurring.use_cases.open_recurring import open_recurring
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.worker import Job

_BATCH: Final = 32
_UNTIL_DUE: Final = """
    SELECT extract(epoch FROM r.next_at - now())::float8
    FROM intake.recurrence r JOIN intake.organisation o USING (org_id)
    WHERE o.simulated_now IS NULL ORDER BY r.next_at LIMIT 1
"""
_UNTIL_DUE_SIMULATED: Final = """
    SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.recurrence r JOIN intake.organisation o USING (org_id)
        WHERE r.next_at <= o.simulated_now)
"""


def jobs(*, simulated_clocks: bool) -> Sequence[Job]:
    """Those of simulated organisations only where there can be any."""
    simulated = (Job(name="simulated_recurring", run=open_simulated, asks=_UNTIL_DUE_SIMULATED),)
    return (Job(name="recurring", run=open_real, asks=_UNTIL_DUE), *(simulated if simulated_clocks else ()))


async def open_real(db: Database) -> int:
    """Settle one batch of periods that ended or began on the database's clock."""
    return await _open(db, simulated=False)


async def open_simulated(db: Database) -> int:
    """Settle one batch of periods that ended or began on their organisations' own clocks."""
    return await _open(db, simulated=True)


async def _open(db: Database, *, simulated: bool) -> int:
    """Each period in a transaction of its own, so that one that fails takes no other along."""
    for done in range(_BATCH):
        async with transaction(db) as tx:
            if not await open_recurring(tx, simulated=simulated):
                return done
    return _BATCH
