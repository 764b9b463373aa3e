"""Whether the service's schema has the migrations that this code needs."""

from functools import cached_property

from sqlalchemy import column, select, table, text
from sqlalchemy.exc import ProgrammingError

from shared.kernel.errors import Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.revisions import revision_names
from shared.platform.db.transaction import Transaction, reading


class SchemaHead:
    """A positive answer is kept: a schema only moves forward while the code runs.

    A revision that this code does not know is newer than it, and expand-then-contract keeps it usable.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self.reached = False

    @cached_property
    def _behind(self) -> frozenset[str]:
        """All revisions but the newest."""
        return frozenset(revision_names(self._service)[:-1])

    async def lacks(self, db: Database) -> dict[str, str]:
        """What the code lacks to do its work, by the part that lacks it; empty when it may begin."""
        try:
            async with reading(db) as tx:
                if self.reached:
                    await tx.execute(text("SELECT 1"))
                    return {}
                return {} if await self._check(tx) else {"schema": "migrations are pending"}
        except Unavailable as error:
            return {"database": error.code}

    async def _check(self, tx: Transaction) -> bool:
        version = table("alembic_version", column("version_num"), schema=self._service)
        try:
            present = (await tx.execute(select(version.c.version_num))).scalar_one_or_none()
        except ProgrammingError:
            return False
        self.reached = present is not None and present not in self._behind
        return self.reached
