"""Clocks with their requests for extension, as they are read."""

from dataclasses import dataclass

from sqlalchemy import select

from services.sla.cases.store import CASE_VIEW
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.store import clocks
from services.sla.extensions import store as extensions
from services.sla.extensions.rules.extension import Extension
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClock:
    """A clock with its requests for extension."""

    clock: Clock
    extensions: tuple[Extension, ...]


async def of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[ShownClock]:
    """Clocks of a case beyond `after`, oldest first. Raises NotFound for an absent case or another organisation's."""
    query = select(CASE_VIEW.c.case_id).where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    if (await tx.execute(query)).one_or_none() is None:
        raise NotFound
    asked = await extensions.of_case(tx, org=org, case_id=case_id)
    return [
        ShownClock(clock=clock, extensions=tuple(one for one in asked if one.clock_id == clock.clock_id))
        for clock in await clocks.page_of_case(tx, org=org, case_id=case_id, after=after, limit=limit)
    ]


async def get(tx: Transaction, *, org: OrgId, clock_id: str) -> ShownClock:
    """One clock. Raises NotFound."""
    clock = await clocks.get(tx, org=org, clock_id=clock_id)
    asked = await extensions.of_clock(tx, org=org, clock_id=clock_id)
    return ShownClock(clock=clock, extensions=tuple(asked))
