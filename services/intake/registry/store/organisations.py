"""The tenants themselves, in intake's copy of the kernel's `organisation` table, which is the first one."""

from datetime import datetime

from sqlalchemy import select

from services.intake.registry.rules import Organisation
from shared.kernel.ids import OrgId
from shared.platform import organisations as organisation
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import OrganisationUnknown


async def get_organisation(tx: Transaction, *, org: OrgId, lock: bool = False) -> Organisation:
    """The organisation, locked when it is going to change. Raises OrganisationUnknown."""
    table = tx.kernel.organisation
    query = select(table.c.name, table.c.simulated_now).where(table.c.org_id == org)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise OrganisationUnknown(detail="there is no such organisation")
    return Organisation(org=org, name=row.name, simulated_now=row.simulated_now)


async def insert_organisation(tx: Transaction, new: Organisation) -> None:
    """Add it; nothing happens when it exists."""
    await organisation.remember(tx, new.org, name=new.name, simulated_now=new.simulated_now)


async def save_clock(tx: Transaction, *, org: OrgId, now: datetime) -> None:
    """Move the simulated clock of a locked organisation."""
    await organisation.advance(tx, org, now=now)
