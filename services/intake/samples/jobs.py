"""Gives drawn cases to their roles. The draws themselves are made by the job of what the calendar brings."""

from collections.abc import Sequence
from typing import Final

from services.intake.samples.use_cases.give_drawn import give_drawn
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.worker import Job

_BATCH: Final = 32
_UNTIL_WAITING: Final = "SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.sample_case WHERE done = 'waiting')"


def jobs() -> Sequence[Job]:
    """The jobs of samples."""
    return (Job(name="give_drawn", run=give_batch, asks=_UNTIL_WAITING),)


async def give_batch(db: Database) -> int:
    """Settle one batch of drawn cases, each in a transaction of its own."""
    for done in range(_BATCH):
        async with transaction(db) as tx:
            if not await give_drawn(tx):
                return done
    return _BATCH
