"""Sweeps: open recurring cases that are due, erase the files of purged cases from the store.

Deadlines are sla's. Real organisations' periods end on the database's clock, simulated ones' each on its own.
"""

from collections.abc import Sequence
from typing import Final

from services.intake.clients.objects import Objects
from services.intake.db import purges
from services.intake.use_cases.open_recurring import open_recurring
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

_BATCH: Final = 32


def jobs(objects: Objects, *, simulated_clocks: bool) -> Sequence[Job]:
    """The jobs of intake; those of simulated organisations only where there can be any."""

    async def erase_files(db: Database) -> int:
        return await erase_purged_files(db, objects)

    simulated = (Job(name="simulated_recurring", run=open_simulated, prompt=True),)
    return (
        Job(name="recurring", run=open_real),
        *(simulated if simulated_clocks else ()),
        Job(name="erase_files", run=erase_files, prompt=True),
    )


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


async def erase_purged_files(db: Database, objects: Objects) -> int:
    """Erase the files of one batch of purged cases; whoever dies in between is followed by another."""
    async with reading(db) as tx:
        left = await purges.files_left(tx, limit=_BATCH)
    for files in left:
        for sha256 in files.hashes:
            await objects.erase(org=files.org, case_id=files.case_id, sha256=sha256)
        async with transaction(db) as tx:
            await purges.note_files_erased(tx, files, now=await organisation_now(tx, files.org))
    return len(left)
