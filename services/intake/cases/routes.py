"""Cases over HTTP: register one, list them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.cases.store.listing import CaseFilter, CaseRow, cases_from, changed_cases, newest_cases
from services.intake.cases.use_cases.register_case import RegisterCase, register_case
from services.intake.cases.views import (
    CaseItem,
    RegisterCaseBody,
    RegisteredView,
    case_item,
    parties_of,
    registered_view,
)
from services.intake.search.rules import LONGEST_QUERY
from services.intake.search.store import plan_for_values
from shared.kernel.ids import OrgId
from shared.kernel.instants import instant_text
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading, snapshot
from shared.platform.exports.lines import Row
from shared.platform.exports.stream import Export, id_of
from shared.platform.http.admission import Works
from shared.platform.http.edge import Caller, Db, answer, needs, run_once, strict_body
from shared.platform.http.paging import Key, Page, PageRequest, Paging
from shared.platform.http.problems import InputInvalid
from shared.platform.http.strict import Instant

router = APIRouter(tags=["cases"])
Reader = Annotated[Caller, Depends(needs("cases:read"))]
Writer = Annotated[Caller, Depends(needs("cases:write"))]
Word = Annotated[str | None, Query(max_length=100)]
Since = Annotated[Instant | None, Query(description="Changed after this instant; the list is then in that order.")]
Until = Annotated[Instant | None, Query(description="Changed before this instant; the list is then in that order.")]
Words = Annotated[
    str | None,
    Query(
        max_length=LONGEST_QUERY,
        description="Contained in the number, an order, a name, the customer's reference, a phone or the description; "
        "one character is enough.",
    ),
]


async def _chosen(  # noqa: PLR0913, PLR0917 (one for each filter)
    number: Word = None,
    order_ref: Word = None,
    customer_ref: Word = None,
    owner: Word = None,
    first_responder: Annotated[str | None, Query(max_length=200)] = None,
    status: Word = None,
    case_type: Word = None,
    changed_after: Since = None,
    changed_before: Until = None,
    q: Words = None,
) -> CaseFilter:
    if q is not None and (changed_after is not None or changed_before is not None):
        raise InputInvalid([{"path": "/query/q", "code": "not_with_changed"}])
    return CaseFilter(
        number=number,
        order_ref=order_ref,
        customer_ref=customer_ref,
        owner=owner,
        first_responder=first_responder,
        status=status,
        case_type=case_type,
        changed_after=changed_after,
        changed_before=changed_before,
        q=q,
    )


@router.post("/v1/cases", operation_id="registerCase", status_code=201, response_model=RegisteredView)
async def register(
    request: Request, body: Annotated[RegisterCaseBody, strict_body(RegisterCaseBody)], caller: Writer, db: Db
) -> Response:
    """Register a complaint as a case; who answers first is named by the pack, or is the caller."""
    cmd = RegisterCase(
        org=caller.org,
        case_type=body.case_type,
        channel=body.channel,
        customer_ref=body.customer.ref,
        order_ref=body.order_ref,
        description=body.description,
        facts=body.facts,
        received_at=body.received_at,
        parties=parties_of(body),
        pack=body.pack,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        case, policy = await register_case(tx, cmd, actor=caller.actor, now=now)
        return 201, registered_view(case, policy.intake)

    return await run_once(request, db, caller, work)


@router.get(
    "/v1/cases",
    operation_id="listCases",
    response_model=Page[CaseItem],
    dependencies=[Depends(Works(4, when="q"))],
)
async def index(paging: Paging, caller: Reader, db: Db, chosen: Annotated[CaseFilter, Depends(_chosen)]) -> Response:
    """List the organisation's cases, newest first. The order is that of change where that is asked for."""
    async with snapshot(db) if chosen.q else reading(db) as tx:
        rows = await _listed(tx, chosen, caller.org, paging)
        policies = {
            pin: await pinned(tx, org=caller.org, pack=pin[0], version=pin[1])
            for pin in dict.fromkeys((row.pack, row.policy_version) for row in rows)
        }
    items = [case_item(row, policies[row.pack, row.policy_version].intake) for row in rows]
    by_change = chosen.is_by_change
    keys = [(instant_text(row.changed_at), row.case_id) if by_change else (row.case_id,) for row in rows]
    return answer(paging.page(items, keys=keys))


async def _listed(tx: Transaction, chosen: CaseFilter, org: OrgId, paging: PageRequest) -> Sequence[CaseRow]:
    if chosen.is_by_change:
        return await changed_cases(tx, chosen, org=org, after=paging.after_instant, limit=paging.limit + 1)
    if chosen.q:
        await plan_for_values(tx)
    return await newest_cases(tx, chosen, org=org, after=paging.after_id, limit=paging.limit + 1)


async def _exported(tx: Transaction, org: OrgId, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
    rows = await cases_from(tx, org=org, after=None if after is None else id_of(after), limit=limit)
    return [((row.case_id,), {name: getattr(row, name) for name in CaseRow.__slots__}) for row in rows]


CASES: Final = Export(
    name="cases", scope="cases:read", columns=tuple(CaseRow.__slots__), key_width=1, read_key=id_of, page=_exported
)
