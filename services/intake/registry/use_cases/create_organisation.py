"""Creates a tenant; in test and demo it may have a simulated clock."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.registry.announce import announced
from services.intake.registry.rules import Organisation, OrganisationCreated, SimulatedOrganisationForbidden
from services.intake.registry.store.organisations import insert_organisation
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganisation:
    """What to create. `simulation_allowed` is false in production."""

    name: str
    simulated_now: datetime | None
    simulation_allowed: bool


async def create_organisation(tx: Transaction, cmd: CreateOrganisation, *, now: datetime) -> Organisation:
    """Create and announce it. Raises SimulatedOrganisationForbidden."""
    if cmd.simulated_now is not None and not cmd.simulation_allowed:
        raise SimulatedOrganisationForbidden(detail="this installation has no simulated organisations")
    created = Organisation(org=OrgId(new_id()), name=cmd.name, simulated_now=cmd.simulated_now)
    await insert_organisation(tx, created)
    await append(tx, announced(OrganisationCreated(organisation=created, at=created.simulated_now or now)))
    return created
