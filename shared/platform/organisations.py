"""The service's copy of the registry topic: organisations, their clocks, policy versions.

Every service keeps all three. The writes are idempotent and never move a clock back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.envelope import Contract, Envelope
from shared.contracts.registry import OrganisationClockAdvancedV1, OrganisationCreatedV1, PolicyPublishedV1
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Handler


async def remember(tx: Transaction, org: OrgId, *, name: str, simulated_now: datetime | None) -> bool:
    """Add the organisation; False when it is known already (its clock stays)."""
    table = tx.kernel.organisation
    statement = insert(table).values(org_id=org, name=name, simulated_now=simulated_now)
    result = await tx.execute(statement.on_conflict_do_nothing(index_elements=[table.c.org_id]))
    return result.rowcount == 1


async def advance(tx: Transaction, org: OrgId, *, now: datetime) -> bool:
    """Move a simulated clock forward; False when there is none or it is past `now` already."""
    table = tx.kernel.organisation
    statement = update(table).where(
        table.c.org_id == org, table.c.simulated_now.is_not(None), table.c.simulated_now < now
    )
    return (await tx.execute(statement.values(simulated_now=now))).rowcount == 1


async def on_organisation_created(tx: Transaction, event: Envelope[OrganisationCreatedV1]) -> None:
    """Keep the organisation."""
    data = event.data
    await remember(tx, OrgId(data.organisation_id), name=data.name, simulated_now=data.simulated_now)


async def on_clock_advanced(tx: Transaction, event: Envelope[OrganisationClockAdvancedV1]) -> None:
    """Keep the organisation's new instant."""
    await advance(tx, OrgId(event.data.organisation_id), now=event.data.now)


async def on_policy_published(tx: Transaction, event: Envelope[PolicyPublishedV1]) -> None:
    """Keep the policy version, which never changes once published."""
    table = tx.kernel.policy_version
    data = event.data
    statement = insert(table).values(
        org_id=data.organisation_id,
        pack=data.pack,
        version=data.version,
        effective_from=data.effective_from,
        digest=data.digest,
        sections=data.sections,
        published_at=func.now(),
    )
    await tx.execute(statement.on_conflict_do_nothing())


REGISTRY_HANDLERS: Final[Mapping[type[Contract], Handler]] = {
    OrganisationCreatedV1: on_organisation_created,
    OrganisationClockAdvancedV1: on_clock_advanced,
    PolicyPublishedV1: on_policy_published,
}
