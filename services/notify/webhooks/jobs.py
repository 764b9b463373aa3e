"""The job that seals what is not sealed, and again what an older key has sealed."""

from typing import Final

from services.notify.webhooks.use_cases.seal_webhooks import seal_webhooks
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.sealing import Sealer
from shared.platform.worker import Job

_IDLE_SECONDS: Final = 3600.0


def seal_job(sealer: Sealer) -> Job:
    """Rounds until nothing is left to seal, then a look each hour."""

    async def run(db: Database) -> int:
        async with transaction(db) as tx:
            return await seal_webhooks(tx, sealer=sealer)

    return Job(name="notify.seal_webhooks", run=run, idle_seconds=_IDLE_SECONDS)
