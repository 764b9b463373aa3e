"""Tenants: created by an operator; the clock of a simulated one is moved by an administrator of its own.

`app.state.simulated_clocks_allowed` says whether simulated ones exist here; without it they do not.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.registry.rules import Organisation
from services.intake.registry.store.organisations import get_organisation, insert_organisation
from services.intake.registry.use_cases.advance_clock import AdvanceClock, advance_clock
from services.intake.registry.use_cases.create_organisation import CreateOrganisation, create_organisation
from services.intake.registry.views import AdvanceClockBody, CreateOrganisationBody, OrganisationView, organisation_view
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.tables import NO_ORG
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.http.catching_up import position_after
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.idempotency import safe_to_repeat
from shared.platform.organisation_clock import OrganisationUnknown, organisation_now
from shared.platform.position import HEADER

router = APIRouter(tags=["organisations"])
_OPERATORS = Organisation(org=NO_ORG, name="operators", simulated_now=None)


@router.post("/v1/organisations", operation_id="createOrganisation", status_code=201, response_model=OrganisationView)
async def create(
    request: Request,
    body: Annotated[CreateOrganisationBody, strict_body(CreateOrganisationBody)],
    caller: Annotated[Caller, Depends(needs("admin"))],
    db: Db,
) -> Response:
    """Create an organisation (a tenant).

    The caller's own organisation need not exist: the first one has to come from somewhere.
    """
    cmd = CreateOrganisation(
        name=body.name,
        simulated_now=body.simulated_now,
        simulation_allowed=getattr(request.app.state, "simulated_clocks_allowed", False),
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, organisation_view(await create_organisation(tx, cmd, now=now), now=now)

    await _know_operators(db)
    return await run_once(request, db, replace(caller, org=NO_ORG), work)


@router.get("/v1/organisations/{organisation_id}", operation_id="showOrganisation", response_model=OrganisationView)
async def show(
    organisation_id: PathId, caller: Annotated[Caller, Depends(needs("organisation:read"))], db: Db
) -> Response:
    """Show the caller's own organisation and what time it is there."""
    org = _own(caller, organisation_id)
    async with reading(db) as tx:
        return answer(organisation_view(await get_organisation(tx, org=org), now=await organisation_now(tx, org)))


@router.post(
    "/v1/organisations/{organisation_id}/clock",
    operation_id="advanceOrganisationClock",
    response_model=OrganisationView,
)
@safe_to_repeat
async def advance(
    request: Request,
    organisation_id: PathId,
    body: Annotated[AdvanceClockBody, strict_body(AdvanceClockBody)],
    caller: Annotated[Caller, Depends(needs("admin"))],
    db: Db,
) -> Response:
    """Move the clock of a simulated organisation forward. Names an instant, so repeating it does no harm."""
    org = _own(caller, organisation_id)
    async with transaction(db) as tx:
        moved = await advance_clock(tx, AdvanceClock(org=org, to=body.now))
        position = position_after(request, tx)
    return answer(organisation_view(moved, now=body.now), headers={HEADER: position})


def _own(caller: Caller, organisation_id: str) -> OrgId:
    """A foreign organisation is answered like one that does not exist."""
    if organisation_id != caller.org:
        raise OrganisationUnknown(detail="there is no such organisation")
    return caller.org


async def _know_operators(db: Database) -> None:
    """The keys of requests that create tenants are kept under an organisation of the operators."""
    async with transaction(db) as tx:
        await insert_organisation(tx, _OPERATORS)
