"""Erases the files of purged cases from the store."""

from collections.abc import Sequence
from typing import Final

from services.intake.evidence.client import Objects
from services.intake.retention.store import files_left, note_files_erased
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

_BATCH: Final = 32
_UNTIL_LEFT: Final = "SELECT 0::float8 WHERE EXISTS (SELECT FROM intake.purge WHERE files_erased_at IS NULL)"


def jobs(objects: Objects) -> Sequence[Job]:
    """The jobs of retention."""

    async def erase_files(db: Database) -> int:
        return await erase_purged_files(db, objects)

    return (Job(name="erase_files", run=erase_files, asks=_UNTIL_LEFT),)


async def erase_purged_files(db: Database, objects: Objects) -> int:
    """Erase the files of one batch of purged cases. After a crash the next run erases what is left."""
    async with reading(db) as tx:
        left = await files_left(tx, limit=_BATCH)
    for files in left:
        for sha256 in files.hashes:
            await objects.erase(org=files.org, case_id=files.case_id, sha256=sha256)
        async with transaction(db) as tx:
            await note_files_erased(tx, files, now=await organisation_now(tx, files.org))
    return len(left)
