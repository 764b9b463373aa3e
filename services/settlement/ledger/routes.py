"""The ledger of a case and of a period over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.settlement.cases import store as cases
from services.settlement.ledger import store
from services.settlement.ledger.rules import BookedLine
from services.settlement.ledger.store import ALWAYS, LineKey, Period
from services.settlement.ledger.views import (
    COLUMNS,
    LedgerView,
    PeriodView,
    balance_view,
    exported_row,
    ledger_view,
    posting_view,
)
from services.settlement.remedies.routes.actions import Reader
from shared.kernel.ids import OrgId, is_id
from shared.kernel.instants import instant_text, parse_instant
from shared.platform.db.transaction import Transaction, reading, snapshot
from shared.platform.exports.lines import Row
from shared.platform.exports.stream import Export, Page
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Db, PathId, answer
from shared.platform.http.paging import Key, PageTokenInvalid, Paging
from shared.platform.http.problems import InputInvalid
from shared.platform.http.strict import Instant

router = APIRouter(tags=["settlement"], route_class=CaseRoute)


@router.get("/v1/cases/{case_id}/ledger", operation_id="showLedgerOfCase", response_model=LedgerView)
async def postings(case_id: PathId, caller: Reader, db: Db) -> Response:
    """List the double entries of a case: all of them, a case is settled once."""
    async with reading(db) as tx:
        await cases.get(tx, org=caller.org, case_id=case_id)
        lines = await store.of_case(tx, org=caller.org, case_id=case_id)
    return answer(ledger_view(lines))


async def _period(
    since: Annotated[Instant, Query(alias="from", description="Booked at this instant or later.")],
    until: Annotated[Instant, Query(alias="to", description="Booked before this instant.")],
    account: Annotated[str | None, Query(max_length=100)] = None,
) -> Period:
    if until < since:
        raise InputInvalid([{"path": "/query/to", "code": "before_from"}])
    return Period(since=since, until=until, account=account)


@router.get("/v1/ledger", operation_id="showLedger", response_model=PeriodView)
async def of_period(caller: Reader, db: Db, paging: Paging, period: Annotated[Period, Depends(_period)]) -> Response:
    """List the double entries of a period in the order of booking, and the balances of its accounts."""
    async with snapshot(db) as tx:
        found = await store.of_period(tx, period, org=caller.org, after=_key(paging.after), limit=paging.limit + 1)
        sums = await store.balances(tx, period, org=caller.org)
    page = paging.page([posting_view(each) for each in found], keys=[_token(each) for each in found])
    return answer(PeriodView(items=page.items, next=page.next, balances=[balance_view(each) for each in sums]))


def chosen_lines(
    since: Annotated[Instant | None, Query(alias="from", description="Booked at this instant or later.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Booked before this instant.")] = None,
    account: Annotated[str | None, Query(max_length=100)] = None,
) -> Page:
    """The lines of the ledger that an export was asked for: all of them, of a period, of an account."""
    period = Period(since=since or ALWAYS.since, until=until or ALWAYS.until, account=account)

    async def page(tx: Transaction, org: OrgId, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
        return await _lines(tx, period, org=org, after=after, limit=limit)

    return page


async def _lines(
    tx: Transaction, period: Period, *, org: OrgId, after: Key | None, limit: int
) -> list[tuple[Key, Row]]:
    found = await store.of_period(tx, period, org=org, after=_key(after), limit=limit)
    return [(_token(each), exported_row(each)) for each in found]


def _token(booked: BookedLine) -> tuple[str, str, str]:
    return instant_text(booked.at), booked.entry_id, str(booked.number)


def _key(after: Key | None) -> LineKey | None:
    if after is None:
        return None
    try:
        at, entry_id, number = after
        key = (parse_instant(at), entry_id, int(number[:6]))
    except ValueError as error:
        raise PageTokenInvalid from error
    if not is_id(entry_id):
        raise PageTokenInvalid
    return key


LEDGER: Final = Export(
    name="ledger", scope="settlement:read", columns=COLUMNS, key_width=3, read_key=_key, page=chosen_lines()
)
