"""The present instant of an organisation: the system's clock, or a simulated instant of its own (test and demo).

Organisations on the system's clock are cached, because an organisation never changes its kind of clock.
"""

from datetime import datetime
from typing import Final

from cachetools import LRUCache
from sqlalchemy import select

from shared.kernel.clock import SystemClock
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction


class OrganisationUnknown(NotFound):
    """The organisation does not exist, or its creation has not reached this service yet."""

    code = "organisation_unknown"
    title = Text(en="Unknown organisation", zh="未知的组织")


_SYSTEM_CLOCK: Final = SystemClock()
_on_system_time: Final[LRUCache[tuple[str, OrgId], bool]] = LRUCache(65_536)


async def organisation_now(tx: Transaction, org: OrgId) -> datetime:
    """The organisation's present instant; raises OrganisationUnknown."""
    if _on_system_time.get((tx.kernel.schema, org)):
        return _SYSTEM_CLOCK.now()
    table = tx.kernel.organisation
    row = (await tx.execute(select(table.c.simulated_now).where(table.c.org_id == org))).one_or_none()
    if row is None:
        raise OrganisationUnknown(detail="there is no such organisation")
    simulated_now: datetime | None = row[0]
    if simulated_now is not None:
        return simulated_now
    _on_system_time[tx.kernel.schema, org] = True
    return _SYSTEM_CLOCK.now()


async def is_simulated(tx: Transaction, org: OrgId) -> bool:
    """Whether the organisation lives on a clock of its own."""
    if _on_system_time.get((tx.kernel.schema, org)):
        return False
    table = tx.kernel.organisation
    found = await tx.execute(select(table.c.simulated_now).where(table.c.org_id == org))
    return found.scalar_one_or_none() is not None
