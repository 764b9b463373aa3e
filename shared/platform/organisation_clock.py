"""What time it is for an organisation: the system's clock, or a simulated instant of its own (test and demo).

That an organisation lives on real time is remembered for the life of the process, so that production asks the
database once.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from shared.kernel.clock import SystemClock
from shared.kernel.errors import NotFound, Title
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


class OrganisationUnknown(NotFound):
    """No such organisation here, or its creation has not arrived yet."""

    code = "organisation_unknown"
    title = Title("Unknown organisation", "未知的组织")


_SYSTEM_CLOCK: Final = SystemClock()
_on_system_time: Final[set[tuple[str, OrgId]]] = set()


async def organisation_now(tx: Transaction, org: OrgId) -> datetime:
    """The organisation's present instant; `OrganisationUnknown` when there is no such organisation."""
    if (tx.kernel.schema, org) in _on_system_time:
        return _SYSTEM_CLOCK.now()
    table = tx.kernel.organisation
    row = (await tx.execute(select(table.c.simulated_now).where(table.c.org_id == org))).one_or_none()
    if row is None:
        raise OrganisationUnknown(detail="there is no such organisation")
    simulated_now: datetime | None = row[0]
    if simulated_now is not None:
        return simulated_now
    _on_system_time.add((tx.kernel.schema, org))
    return _SYSTEM_CLOCK.now()
