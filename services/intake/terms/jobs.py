"""Erases files whose term is over: first on record, case by case, then in the store.

Real organisations' terms end on the database's clock, simulated ones' each on its own.
"""

from collections.abc import Sequence
from typing import Final

from services.intake.evidence.client import Objects
from services.intake.terms.store import due_first, erased_files, note_file_erased
from services.intake.terms.use_cases.erase_due import erase_due
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

_BATCH: Final = 32
_UNTIL_DUE: Final = """
    SELECT extract(epoch FROM t.next_at - now())::float8
    FROM intake.file_term t JOIN intake.organisation o USING (org_id)
    WHERE o.simulated_now IS NULL ORDER BY t.next_at LIMIT 1
"""
_UNTIL_DUE_SIMULATED: Final = """
    SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.file_term t JOIN intake.organisation o USING (org_id)
        WHERE t.next_at <= o.simulated_now)
"""
_UNTIL_LEFT: Final = "SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.evidence_erasure WHERE file_erased_at IS NULL)"


def jobs(objects: Objects, *, simulated_clocks: bool) -> Sequence[Job]:
    """Those of simulated organisations only where there can be any."""

    async def erase_files(db: Database) -> int:
        return await erase_term_files(db, objects)

    simulated = (Job(name="simulated_file_terms", run=end_simulated, asks=_UNTIL_DUE_SIMULATED),)
    return (
        Job(name="file_terms", run=end_real, asks=_UNTIL_DUE),
        *(simulated if simulated_clocks else ()),
        Job(name="erase_term_files", run=erase_files, asks=_UNTIL_LEFT),
    )


async def end_real(db: Database) -> int:
    """Settle one batch of cases with files that are due on the database's clock."""
    return await _end(db, simulated=False)


async def end_simulated(db: Database) -> int:
    """Settle one batch of cases with files that are due on their organisations' own clocks."""
    return await _end(db, simulated=True)


async def _end(db: Database, *, simulated: bool) -> int:
    """Each case in a transaction of its own, so that one that fails takes no other along."""
    async with reading(db) as tx:
        due = await due_first(tx, simulated=simulated, limit=_BATCH)
    for each in due:
        async with transaction(db) as tx:
            await erase_due(tx, each)
    return len(due)


async def erase_term_files(db: Database, objects: Objects) -> int:
    """Erase the bytes of one batch of erased files. After a crash the next run erases what is left."""
    async with reading(db) as tx:
        left = await erased_files(tx, limit=_BATCH)
    for file in left:
        if not file.is_shared:
            await objects.erase(org=file.org, case_id=file.case_id, sha256=file.sha256)
        async with transaction(db) as tx:
            await note_file_erased(tx, file, now=await organisation_now(tx, file.org))
    return len(left)
