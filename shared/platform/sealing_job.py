"""The job that seals what is not sealed under the first key of the settings."""

from collections.abc import Awaitable
from typing import Final, Protocol

from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.sealing import Sealer
from shared.platform.worker import Job

_IDLE_SECONDS: Final = 3600.0


class Seal(Protocol):
    """Seals a batch in the transaction; how many."""

    def __call__(self, tx: Transaction, *, sealer: Sealer) -> Awaitable[int]: ...


def sealing_job(name: str, seal: Seal, sealer: Sealer) -> Job:
    """Rounds until nothing is left to seal, then a look each hour: keys of the settings change at a start."""

    async def run(db: Database) -> int:
        async with transaction(db) as tx:
            return await seal(tx, sealer=sealer)

    return Job(name=name, run=run, idle_seconds=_IDLE_SECONDS)
