"""The list of clocks over REST, and how routes address a clock.

A clock is addressed by its id, or by its case and its name in the pack (the latest of that name).
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from services.sla.clocks.rules.clock import Status
from services.sla.clocks.store import listing
from services.sla.clocks.store.listing import EXPORTED, ClockFilter, clock_list, clocks_from
from services.sla.clocks.views import DueClockView, due_clock_view
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction, reading
from shared.platform.exports.lines import Row
from shared.platform.exports.stream import Export, id_of
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Key, Page, Paging
from shared.platform.http.strict import Instant

router = APIRouter(tags=["sla"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("sla:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(needs("sla:write"))]
Name: TypeAlias = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Which = Callable[[Transaction], Awaitable[str]]
"""Finds the id of the addressed clock."""


async def _chosen(
    state: Annotated[Status, Query(description="Running clocks where nothing is said.")] = Status.RUNNING,
    due_before: Annotated[Instant | None, Query()] = None,
    breached: Annotated[bool | None, Query(description="Whether its present due instant was missed.")] = None,
    owner: Annotated[str | None, Query(max_length=100, description="The role that owns the case.")] = None,
    clock: Annotated[str | None, Query(max_length=100, description="Its name in the pack.")] = None,
) -> ClockFilter:
    return ClockFilter(state=state.value, due_before=due_before, breached=breached, owner=owner, clock=clock)


@router.get("/v1/clocks", operation_id="listClocks", response_model=Page[DueClockView])
async def due_next(
    caller: Reader, db: Db, paging: Paging, chosen: Annotated[ClockFilter, Depends(_chosen)]
) -> Response:
    """List the clocks of one state in the order in which they fall due, overdue ones first."""
    async with reading(db) as tx:
        rows = await clock_list(tx, chosen, org=caller.org, after=paging.after_instant, limit=paging.limit + 1)
    return answer(paging.page([due_clock_view(row) for row in rows], keys=[row.key for row in rows]))


def by_id(clock_id: str) -> Which:
    """The clock of that id."""

    async def which(_tx: Transaction) -> str:
        return clock_id

    return which


def by_name(org: OrgId, case_id: str, name: str) -> Which:
    """The case's latest clock of that name. Raises NotFound when used."""

    async def which(tx: Transaction) -> str:
        return await listing.id_by_name(tx, org=org, case_id=case_id, name=name)

    return which


async def _exported(tx: Transaction, org: OrgId, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
    rows = await clocks_from(tx, org=org, after=None if after is None else id_of(after), limit=limit)
    return [((row["clock_id"],), row) for row in rows]


CLOCKS: Final = Export(name="clocks", scope="sla:read", columns=EXPORTED, key_width=1, read_key=id_of, page=_exported)
