"""Organisations, their clocks and their policies as published contracts."""

from datetime import datetime
from typing import assert_never

from services.intake.registry.rules import ClockAdvanced, OrganisationCreated, PolicyPublished
from shared.contracts.envelope import Contract
from shared.contracts.registry import OrganisationClockAdvancedV1, OrganisationCreatedV1, PolicyPublishedV1
from shared.kernel.ids import OrgId
from shared.platform.outbox.append import Outgoing


def announced(change: OrganisationCreated | ClockAdvanced | PolicyPublished) -> list[Outgoing]:
    """One event for each change.

    Each advance of a clock is an aggregate of its own: consumers never move a clock back, so it needs no version.
    """
    match change:
        case OrganisationCreated(organisation=made):
            created = OrganisationCreatedV1(organisation_id=made.org, name=made.name, simulated_now=made.simulated_now)
            return [_outgoing(made.org, created, aggregate=("organisation", made.org, 1), at=change.at)]
        case ClockAdvanced(org=org, to=to):
            advanced = OrganisationClockAdvancedV1(organisation_id=org, now=to)
            return [_outgoing(org, advanced, aggregate=("clock", f"{org}/{to.isoformat()}", 1), at=to)]
        case PolicyPublished(org=org, pack=pack, version=version):
            published = PolicyPublishedV1(
                organisation_id=org,
                pack=pack,
                version=version.version,
                effective_from=version.effective_from,
                digest=version.digest,
                sections=dict(change.documents),
            )
            return [_outgoing(org, published, aggregate=("policy", f"{org}/{pack}", version.version), at=change.at)]
        case _:
            assert_never(change)


def _outgoing(org: OrgId, data: Contract, *, aggregate: tuple[str, str, int], at: datetime) -> Outgoing:
    kind, aggregate_id, version = aggregate
    return Outgoing(
        org=org, key=org, aggregate=kind, aggregate_id=aggregate_id, version=version, occurred_at=at, data=data
    )
