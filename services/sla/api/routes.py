"""The REST surface of sla: clocks of a case, why they are due when they are, extensions, excuses.

A clock is addressed by its id, or by its case and its name in the pack (the latest of that name).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.sla.api.schemas import DecisionBody, ExcuseBody, ExtensionBody
from services.sla.api.views import (
    ClockExplanation,
    ClockView,
    DueClockView,
    ExtensionView,
    clock_view,
    due_clock_view,
    explanation_view,
    extension_view,
)
from services.sla.db import queries
from services.sla.domain.events import Actor
from services.sla.use_cases.decide_extension import DecideExtension, decide_extension
from services.sla.use_cases.excuse_clock import ExcuseClock, excuse_clock
from services.sla.use_cases.explain_clock import explain_clock
from services.sla.use_cases.request_extension import RequestExtension, request_extension
from shared.kernel.ids import OrgId, is_id
from shared.kernel.instants import parse_instant
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import CasePaging, Page, PageTokenInvalid, Paging

router = APIRouter(tags=["sla"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("sla:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(needs("sla:write"))]
Name: TypeAlias = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Which = Callable[[Transaction], Awaitable[str]]


@router.get("/v1/cases/{case_id}/clocks", response_model=Page[ClockView])
async def of_case(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """The clocks of a case, oldest first."""
    async with reading(db) as tx:
        shown = await queries.of_case(
            tx, org=caller.org, case_id=case_id, after=paging.after_id, limit=paging.limit + 1
        )
    views = [clock_view(each) for each in shown]
    return answer(paging.page(views, keys=[(view.clock_id,) for view in views]))


@router.get("/v1/clocks", response_model=Page[DueClockView])
async def due_next(caller: Reader, db: Db, paging: Paging) -> Response:
    """Running clocks in the order in which they fall due, overdue ones first."""
    after = instant_key(paging.after) if paging.after is not None else None
    async with reading(db) as tx:
        rows = await queries.due_next(tx, org=caller.org, after=after, limit=paging.limit + 1)
    keys = [(row.due_at.isoformat(), row.clock_id) for row in rows]
    return answer(paging.page([due_clock_view(row) for row in rows], keys=keys))


@router.get("/v1/clocks/{clock_id}", response_model=ClockView)
async def one(clock_id: PathId, caller: Reader, db: Db) -> Response:
    """One clock."""
    async with reading(db) as tx:
        shown = await queries.one(tx, org=caller.org, clock_id=clock_id)
    return answer(clock_view(shown))


@router.get("/v1/clocks/{clock_id}/explain", response_model=ClockExplanation)
async def explain(clock_id: PathId, caller: Reader, db: Db) -> Response:
    """Each day counted or skipped, and why."""
    return await _explained(db, caller, _by_id(clock_id))


@router.get("/v1/cases/{case_id}/clocks/{clock}/explain", response_model=ClockExplanation)
async def explain_by_name(case_id: PathId, clock: Name, caller: Reader, db: Db) -> Response:
    """The same, by the clock's name."""
    return await _explained(db, caller, _by_name(caller.org, case_id, clock))


@router.post("/v1/clocks/{clock_id}/extensions", status_code=201, response_model=ExtensionView)
async def extend(
    request: Request,
    clock_id: PathId,
    body: Annotated[ExtensionBody, strict_body(ExtensionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Ask for a later due instant; somebody else decides."""
    return await _requested(request, db, caller, body, _by_id(clock_id))


@router.post("/v1/cases/{case_id}/clocks/{clock}/extensions", status_code=201, response_model=ExtensionView)
async def extend_by_name(
    request: Request,
    case_id: PathId,
    clock: Name,
    body: Annotated[ExtensionBody, strict_body(ExtensionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """The same, by the clock's name."""
    return await _requested(request, db, caller, body, _by_name(caller.org, case_id, clock))


@router.post("/v1/extensions/{extension_id}/decision", response_model=ExtensionView)
async def decide(
    request: Request,
    extension_id: PathId,
    body: Annotated[DecisionBody, strict_body(DecisionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Grant or turn down; only the approving role, and nobody his own request."""
    cmd = DecideExtension(
        org=caller.org,
        extension_id=extension_id,
        approve=body.approve,
        due_on=body.due_on,
        due_at=body.due_at,
        reason=body.reason,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 200, extension_view(await decide_extension(tx, cmd, actor=_actor(caller), now=now))

    return await run_once(request, db, caller, work)


@router.post("/v1/clocks/{clock_id}/excuse", response_model=ClockView)
async def excuse(
    request: Request, clock_id: PathId, body: Annotated[ExcuseBody, strict_body(ExcuseBody)], caller: Writer, db: Db
) -> Response:
    """State why a limit that holds in principle was missed."""
    return await _excused(request, db, caller, body, _by_id(clock_id))


@router.post("/v1/cases/{case_id}/clocks/{clock}/excuse", response_model=ClockView)
async def excuse_by_name(
    request: Request,
    case_id: PathId,
    clock: Name,
    body: Annotated[ExcuseBody, strict_body(ExcuseBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """The same, by the clock's name."""
    return await _excused(request, db, caller, body, _by_name(caller.org, case_id, clock))


async def _explained(db: Database, caller: Caller, which: Which) -> Response:
    async with reading(db) as tx:
        explained = await explain_clock(tx, org=caller.org, clock_id=await which(tx))
    return answer(explanation_view(explained))


async def _requested(request: Request, db: Database, caller: Caller, body: ExtensionBody, which: Which) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        cmd = RequestExtension(
            org=caller.org,
            clock_id=await which(tx),
            opinion=body.opinion,
            evidence=body.evidence,
            proposed_due_on=body.proposed_due_on,
            proposed_due_at=body.proposed_due_at,
        )
        return 201, extension_view(await request_extension(tx, cmd, actor=_actor(caller), now=now))

    return await run_once(request, db, caller, work)


async def _excused(request: Request, db: Database, caller: Caller, body: ExcuseBody, which: Which) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        cmd = ExcuseClock(org=caller.org, clock_id=await which(tx), reason=body.reason)
        clock = await excuse_clock(tx, cmd, actor=_actor(caller), now=now)
        return 200, clock_view(await queries.one(tx, org=caller.org, clock_id=clock.clock_id))

    return await run_once(request, db, caller, work)


def _by_id(clock_id: str) -> Which:
    async def which(_tx: Transaction) -> str:
        return clock_id

    return which


def _by_name(org: OrgId, case_id: str, name: str) -> Which:
    async def which(tx: Transaction) -> str:
        return await queries.id_by_name(tx, org=org, case_id=case_id, name=name)

    return which


def instant_key(after: tuple[str, ...]) -> tuple[datetime, str]:
    """A paging key of an instant and an id. Raises PageTokenInvalid."""
    try:
        text, one = after
        at = parse_instant(text)
    except ValueError as error:
        raise PageTokenInvalid from error
    if not is_id(one):
        raise PageTokenInvalid
    return at, one


def _actor(caller: Caller) -> Actor:
    return Actor(subject=caller.subject, roles=tuple(sorted(caller.roles)))
