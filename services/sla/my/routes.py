"""What a customer was promised on an own case. Any other case does not exist here."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.sla.cases import store as cases
from services.sla.clocks.store import clocks
from services.sla.my.views import MyPromiseView, my_promise
from shared.kernel.errors import NotFound
from shared.packs.store import pinned
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer, needs_customer
from shared.platform.http.paging import CasePaging, Page

router = APIRouter(tags=["own cases"], route_class=CaseRoute)


@router.get("/v1/my/cases/{case_id}/promises", operation_id="listOwnPromises", response_model=Page[MyPromiseView])
async def promises(
    case_id: PathId, caller: Annotated[Caller, Depends(needs_customer("my:read"))], db: Db, paging: CasePaging
) -> Response:
    """List the due instants that the pack promises to the customer, oldest first."""
    async with reading(db) as tx:
        case = await cases.find(tx, org=caller.org, case_id=case_id)
        if case is None:
            raise NotFound
        caller.require_own(case_id=case.case_id, customer_ref=case.customer_ref)
        policy = await pinned(tx, org=caller.org, pack=case.pack, version=case.policy_version)
        if not policy.intake.shows(case.case_type):
            raise NotFound
        rules = {rule.id for rule in policy.sla.clocks if rule.visible_to_customer}
        found = await clocks.page_of_case(
            tx, org=caller.org, case_id=case_id, after=paging.after_id, limit=paging.limit + 1
        )
    page = paging.page([my_promise(clock) for clock in found], keys=[(clock.clock_id,) for clock in found])
    marked = {clock.clock_id for clock in found if clock.rule in rules}
    return answer(page.model_copy(update={"items": [item for item in page.items if item.clock_id in marked]}))
