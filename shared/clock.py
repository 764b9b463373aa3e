"""What time it is: for processes the system's clock, for an organisation its own instant.

An organisation may live on a simulated clock (test and demo). That an organisation lives on real
time is remembered for the life of the process, so that production asks the database once.
"""

from datetime import UTC, datetime
from typing import Final, Protocol

from sqlalchemy import select

from shared.db.transaction import Transaction
from shared.errors import NotFound
from shared.ids import OrgId


class OrganisationUnknown(NotFound):
    """No such organisation here, or its creation has not arrived yet."""

    code = "organisation_unknown"


class Clock(Protocol):
    """Where an edge takes its instant from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)  # noqa: TID251 - here it comes from


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
