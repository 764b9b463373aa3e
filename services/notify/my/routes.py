"""The messages that were sent to a customer about an own case. Any other case does not exist here."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.notify.cases.store import cases_by_key
from services.notify.messages.store.queries import list_sent_to
from services.notify.my.views import MyMessageView
from shared.kernel.errors import NotFound
from shared.packs.notify.model.section import CUSTOMER
from shared.packs.store import pinned
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer, needs_customer
from shared.platform.http.paging import CasePaging, Page

router = APIRouter(tags=["own cases"], route_class=CaseRoute)


@router.get("/v1/my/cases/{case_id}/messages", operation_id="listOwnMessages", response_model=Page[MyMessageView])
async def messages(
    case_id: PathId, caller: Annotated[Caller, Depends(needs_customer("my:read"))], db: Db, paging: CasePaging
) -> Response:
    """List what was sent to the customer of an own case, oldest first."""
    async with reading(db) as tx:
        case = (await cases_by_key(tx, {(caller.org, case_id)})).get((caller.org, case_id))
        if case is None:
            raise NotFound
        caller.require_own(case_id=case.case_id, customer_ref=case.customer_ref)
        policy = await pinned(tx, org=caller.org, pack=case.pack, version=case.policy_version)
        if not policy.intake.shows(case.case_type):
            raise NotFound
        found = await list_sent_to(
            tx, CUSTOMER, org=caller.org, case_id=case_id, limit=paging.limit + 1, after=paging.after_id
        )
    views = [MyMessageView.of(message) for message in found]
    return answer(paging.page(views, keys=[(view.message_id,) for view in views]))
