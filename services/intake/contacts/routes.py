"""Contacts over HTTP: note one, see it, open the case that it leads to."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.cases.use_cases.register_case import RegisterCase
from services.intake.cases.views import OpenCaseBody, RegisteredView, parties_of, registered_view
from services.intake.contacts.store import contact_list, get_contact
from services.intake.contacts.use_cases.join_case import JoinCase, join_case
from services.intake.contacts.use_cases.note_contact import NoteContact, note_contact
from services.intake.contacts.use_cases.open_case import open_case
from services.intake.contacts.views import ContactView, JoinCaseBody, NoteContactBody, contact_view
from shared.kernel.ids import CaseId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging

router = APIRouter(tags=["contacts"])
Reader = Annotated[Caller, Depends(needs("cases:read"))]
Writer = Annotated[Caller, Depends(needs("cases:write"))]


@router.post("/v1/contacts", operation_id="noteContact", status_code=201, response_model=ContactView)
async def note(
    request: Request, body: Annotated[NoteContactBody, strict_body(NoteContactBody)], caller: Writer, db: Db
) -> Response:
    """Note a contact by the rules of the pack."""
    cmd = NoteContact(
        org=caller.org,
        channel=body.channel,
        kind=body.kind,
        caller=body.caller.model_dump(),
        summary=body.summary,
        fields=body.fields,
        received_at=body.received_at,
        pack=body.pack,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        contact, policy = await note_contact(tx, cmd, actor=caller.actor, now=now)
        return 201, contact_view(contact, policy.intake)

    return await run_once(request, db, caller, work)


@router.get("/v1/contacts/{contact_id}", operation_id="showContact", response_model=ContactView)
async def show(contact_id: PathId, caller: Reader, db: Db) -> Response:
    """Show one contact."""
    async with reading(db) as tx:
        contact = await get_contact(tx, org=caller.org, contact_id=contact_id)
        policy = await pinned(tx, org=caller.org, pack=contact.pack, version=contact.policy_version)
    return answer(contact_view(contact, policy.intake))


@router.get("/v1/contacts", operation_id="listContacts", response_model=Page[ContactView])
async def index(
    paging: Paging, caller: Reader, db: Db, kind: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """List the organisation's contacts, newest first."""
    async with reading(db) as tx:
        found = await contact_list(tx, org=caller.org, kind=kind, after=paging.after_id, limit=paging.limit + 1)
        sections = {
            pin: (await pinned(tx, org=caller.org, pack=pin[0], version=pin[1])).intake
            for pin in dict.fromkeys((contact.pack, contact.policy_version) for contact in found)
        }
    items = [contact_view(contact, sections[contact.pack, contact.policy_version]) for contact in found]
    return answer(paging.page(items, keys=[(contact.contact_id,) for contact in found]))


@router.post(
    "/v1/contacts/{contact_id}/case",
    operation_id="registerCaseOfContact",
    status_code=201,
    response_model=RegisteredView,
)
async def register(
    request: Request,
    contact_id: PathId,
    body: Annotated[OpenCaseBody, strict_body(OpenCaseBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Register the case that a contact leads to.

    The person who received the contact stays the case's first responder.
    """
    cmd = RegisterCase(
        org=caller.org,
        case_type=body.case_type,
        channel="",
        customer_ref=body.customer.ref,
        order_ref=body.order_ref,
        description=body.description,
        facts=body.facts,
        received_at=None,
        parties=parties_of(body),
        contact_id=contact_id,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        case, policy = await open_case(tx, cmd, actor=caller.actor, now=now)
        return 201, registered_view(case, policy.intake)

    return await run_once(request, db, caller, work)


@router.post("/v1/contacts/{contact_id}/link", operation_id="linkContactToCase", response_model=ContactView)
async def join(
    request: Request,
    contact_id: PathId,
    body: Annotated[JoinCaseBody, strict_body(JoinCaseBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Link a contact to a case that exists, instead of registering another one."""
    cmd = JoinCase(org=caller.org, contact_id=contact_id, case_id=CaseId(body.case_id))

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        contact, policy = await join_case(tx, cmd, actor=caller.actor, now=now)
        return 200, contact_view(contact, policy.intake)

    return await run_once(request, db, caller, work)
