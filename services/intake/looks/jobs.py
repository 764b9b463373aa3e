"""Indexes the cases that were there before a pack's version looked at others by something new."""

from collections.abc import Sequence
from typing import Final

from services.intake.looks.store import fill_batch
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.worker import Job

_UNTIL_LACKING: Final = "SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.look_declared WHERE filled_at IS NULL)"


def jobs() -> Sequence[Job]:
    """The jobs of looks."""
    return (Job(name="fill_look_keys", run=fill_keys, asks=_UNTIL_LACKING),)


async def fill_keys(db: Database) -> int:
    """Index one batch of cases."""
    async with transaction(db) as tx:
        return await fill_batch(tx)
