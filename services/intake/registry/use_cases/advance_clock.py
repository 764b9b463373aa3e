"""A simulated organisation's instant moves forward; every service follows when it hears of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.registry.announce import announced
from services.intake.registry.rules import ClockAdvanced, ClockBackwards, ClockNotSimulated, Organisation
from services.intake.registry.store.organisations import get_organisation, save_clock
from shared.kernel.ids import OrgId
from shared.kernel.instants import instant_text
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceClock:
    """The organisation and the instant that its clock is to show."""

    org: OrgId
    to: datetime


async def advance_clock(tx: Transaction, cmd: AdvanceClock) -> Organisation:
    """Set the clock and announce it; the instant it already shows changes nothing.

    Raises OrganisationUnknown, ClockNotSimulated, ClockBackwards.
    """
    organisation = await get_organisation(tx, org=cmd.org, lock=True)
    if organisation.simulated_now is None:
        raise ClockNotSimulated(detail="the organisation uses the system clock")
    if cmd.to < organisation.simulated_now:
        raise ClockBackwards(
            detail="the clock is past that instant", fields={"now": instant_text(organisation.simulated_now)}
        )
    if cmd.to > organisation.simulated_now:
        await save_clock(tx, org=cmd.org, now=cmd.to)
        await append(tx, announced(ClockAdvanced(org=cmd.org, to=cmd.to)))
    return replace(organisation, simulated_now=cmd.to)
