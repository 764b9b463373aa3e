"""Links to a case over HTTP, for staff: issue, list, fetch the address, revoke.

The answer to a write is kept for repetitions, so the secret is in none: it is worked out when the address is fetched.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.cases.rules.errors import LinksNotDeclared
from services.intake.cases.store.cases import get_case, policy_of
from services.intake.customer_links.use_cases.issue_to import IssueTo, issue_to
from services.intake.customer_links.use_cases.revoke import Revoke, own_link, revoke
from services.intake.customer_links.views import CaseLinkAddress, CaseLinkBody, CaseLinks, CaseLinkView, link_view
from shared.kernel.case_link import address
from shared.kernel.ids import CaseId
from shared.platform.auth.link_tokens import LinkKeys
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.links.store import links_of_case

router = APIRouter(tags=["links"])
Reader = Annotated[Caller, Depends(needs("links:read"))]
Writer = Annotated[Caller, Depends(needs("links:write"))]


@router.post("/v1/cases/{case_id}/links", operation_id="issueLink", status_code=201, response_model=CaseLinkView)
async def issue(
    request: Request, case_id: PathId, body: Annotated[CaseLinkBody, strict_body(CaseLinkBody)], caller: Writer, db: Db
) -> Response:
    """Issue a link to a case for its customer or a contact."""
    cmd = IssueTo(org=caller.org, case_id=CaseId(case_id), contact_id=body.contact_id)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, link_view(await issue_to(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)


@router.get("/v1/cases/{case_id}/links", operation_id="listLinks", response_model=CaseLinks)
async def index(case_id: PathId, caller: Reader, db: Db) -> Response:
    """The links to a case, newest first, those that hold no longer among them."""
    async with reading(db) as tx:
        await get_case(tx, org=caller.org, case_id=CaseId(case_id))
        links = await links_of_case(tx, org=caller.org, case_id=case_id)
    return answer(CaseLinks(items=[link_view(link) for link in links]))


@router.get(
    "/v1/cases/{case_id}/links/{link_id}/address", operation_id="showLinkAddress", response_model=CaseLinkAddress
)
async def show_address(request: Request, case_id: PathId, link_id: PathId, caller: Writer, db: Db) -> Response:
    """The address of a link, secret included, to hand to its holder."""
    async with reading(db) as tx:
        case = await get_case(tx, org=caller.org, case_id=CaseId(case_id))
        link = await own_link(tx, Revoke(org=caller.org, case_id=CaseId(case_id), link_id=link_id))
        links = (await policy_of(tx, case)).intake.links_of(case.case_type)
    if links is None:
        raise LinksNotDeclared
    keys: LinkKeys = request.app.state.link_keys
    return answer(CaseLinkAddress(address=address(links.page, keys.token(link)), expires_at=link.expires_at))


@router.post("/v1/cases/{case_id}/links/{link_id}/revoke", operation_id="revokeLink", response_model=CaseLinkView)
async def revoke_one(request: Request, case_id: PathId, link_id: PathId, caller: Writer, db: Db) -> Response:
    """Revoke a link; its bearer is refused from then on."""
    cmd = Revoke(org=caller.org, case_id=CaseId(case_id), link_id=link_id)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 200, link_view(await revoke(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)
