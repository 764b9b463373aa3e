"""Balances over HTTP: what is left of them, and what was booked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints
from starlette.responses import Response

from services.intake.balances.use_cases.list_balances import ListBalances, Place, list_balances
from services.intake.balances.use_cases.list_entries import ListEntries, list_entries
from services.intake.balances.views import BalanceEntryView, BalanceView, balance_view, entry_view
from services.intake.entries.views import Word
from services.intake.standing.rules import LONGEST_SUBJECT
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Page, PageRequest, PageTokenInvalid, Paging
from shared.platform.http.strict import Visible
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["balances"])

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_SUBJECT),
    Visible,
    Query(description="Whose balances, as the pack's `key` gives it: a customer's reference, a contract."),
]
Period = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$")] | None,
    Query(description="Only this period: `2026-03`, `2026-Q1`, `2026-H1`, `2026`."),
]
Pack = Annotated[Word | None, Query(description="Only balances of this pack.")]


@router.get("/v1/balances", operation_id="listBalances", response_model=Page[BalanceView])
async def index(  # noqa: PLR0913, PLR0917 (one for each filter)
    paging: Paging,
    key: Key,
    caller: Annotated[Caller, Depends(needs("cases:read"))],
    db: Db,
    name: Annotated[Word | None, Query(description="Only the balance of this id.")] = None,
    period: Period = None,
    pack: Pack = None,
) -> Response:
    """List the balances of one customer, contract or person.

    Limit, what moved into the period, what is used and left are computed as a decision of now would see them, from the
    pack in force. By pack and balance, the present period first, back to that of the first booking; with `period` that
    one, though nothing was booked in it.
    """
    cmd = ListBalances(
        org=caller.org,
        key=key,
        pack=pack,
        name=name,
        period=period,
        after=_place(paging),
        limit=paging.limit + 1,
    )
    async with reading(db) as tx:
        found = await list_balances(tx, cmd, now=await organisation_now(tx, caller.org))
    return answer(paging.page([balance_view(each) for each in found], keys=[each.place for each in found]))


@router.get("/v1/balances/entries", operation_id="listBalanceEntries", response_model=Page[BalanceEntryView])
async def entries(  # noqa: PLR0913, PLR0917 (one for each filter)
    paging: Paging,
    key: Key,
    name: Annotated[Word, Query(description="The balance's id.")],
    caller: Annotated[Caller, Depends(needs("cases:read"))],
    db: Db,
    period: Period = None,
    pack: Pack = None,
) -> Response:
    """List what steps booked on one balance of one subject, by the instant in whose period it counts."""
    cmd = ListEntries(
        org=caller.org,
        key=key,
        name=name,
        pack=pack,
        period=period,
        after=paging.after_instant,
        limit=paging.limit + 1,
    )
    async with reading(db) as tx:
        found = await list_entries(tx, cmd, now=await organisation_now(tx, caller.org))
    keys = [(each.row.booking.counts_at.isoformat(), each.row.entry_id) for each in found]
    return answer(paging.page([entry_view(each) for each in found], keys=keys))


def _place(paging: PageRequest) -> Place | None:
    match paging.after:
        case None:
            return None
        case (pack, name, period):
            return pack, name, period
        case _:
            raise PageTokenInvalid
