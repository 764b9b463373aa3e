"""A simulated organisation's instant moves forward; every service follows when it hears of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.registry.rules import ClockBackwards, ClockNotSimulated, Organisation
from services.intake.registry.store.organisations import get_organisation, save_clock
from shared.contracts.registry import OrganisationClockAdvancedV1
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import Outgoing, append


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceClock:
    """To which instant whose clock goes."""

    org: OrgId
    to: datetime


async def advance_clock(tx: Transaction, cmd: AdvanceClock) -> Organisation:
    """Set the clock and announce it; the instant it already shows changes nothing.

    Raises OrganisationUnknown, ClockNotSimulated, ClockBackwards.
    """
    organisation = await get_organisation(tx, cmd.org, for_update=True)
    if organisation.simulated_now is None:
        raise ClockNotSimulated(detail="the organisation lives on real time")
    if cmd.to < organisation.simulated_now:
        raise ClockBackwards(
            detail="the clock is past that instant", fields={"now": organisation.simulated_now.isoformat()}
        )
    if cmd.to > organisation.simulated_now:
        await save_clock(tx, cmd.org, now=cmd.to)
        await append(tx, [_advanced(cmd)])
    return replace(organisation, simulated_now=cmd.to)


def _advanced(cmd: AdvanceClock) -> Outgoing:
    """Each advance is an aggregate of its own: consumers never move a clock back, so they need no version."""
    return Outgoing(
        org=cmd.org,
        key=cmd.org,
        aggregate="clock",
        aggregate_id=f"{cmd.org}/{cmd.to.isoformat()}",
        version=1,
        occurred_at=cmd.to,
        data=OrganisationClockAdvancedV1(organisation_id=cmd.org, now=cmd.to),
    )
