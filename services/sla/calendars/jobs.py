"""What waits for a calendar to be confirmed is tried again, one thing per transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction

RETRY_SECONDS: Final = 60.0
_PAGE: Final = 200

Id = TypeVar("Id", bound=str)


class Waiting(Protocol[Id]):
    """A page of things that wait for a calendar, in the order of their keys."""

    async def __call__(
        self, tx: Transaction, *, after: tuple[OrgId, Id] | None, limit: int
    ) -> Sequence[tuple[OrgId, Id]]: ...


async def try_waiting(
    db: Database, waiting: Waiting[Id], date: Callable[[Transaction, OrgId, Id], Awaitable[int]]
) -> int:
    """Try to date each waiting thing in a transaction of its own; returns how many could be dated."""
    dated = 0
    after: tuple[OrgId, Id] | None = None
    while True:
        async with reading(db) as tx:
            page = await waiting(tx, after=after, limit=_PAGE)
        for org, thing in page:
            async with transaction(db) as tx:
                dated += await date(tx, org, thing)
        if len(page) < _PAGE:
            return dated
        after = page[-1]
