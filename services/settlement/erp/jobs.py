"""The job that seals again what an older key has sealed."""

from typing import Final

from services.settlement.erp.use_cases.seal_erps import seal_erps
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.sealing import Sealer
from shared.platform.worker import Job

_IDLE_SECONDS: Final = 3600.0


def seal_job(sealer: Sealer) -> Job:
    """Rounds until nothing is left to seal, then a look each hour: keys of the settings change at a start."""

    async def run(db: Database) -> int:
        async with transaction(db) as tx:
            return await seal_erps(tx, sealer=sealer)

    return Job(name="settlement.seal_erps", run=run, idle_seconds=_IDLE_SECONDS)
