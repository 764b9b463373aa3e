"""`GET /v1/quiescence`: has everything that was caused happened? For simulated organisations only.

A scenario runner compares what all services published with what each handled, per organisation;
so it observes that the system is at rest and never sleeps for it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, func, select
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.errors import Forbidden
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.platform.db.tables import KernelTables
from shared.platform.db.transaction import Transaction, snapshot
from shared.platform.http.edge import Caller, answer, needs
from shared.platform.organisation_clock import OrganisationUnknown, organisation_now

Pending = Callable[[Transaction, OrgId, datetime], Awaitable[tuple[dict[str, int], datetime | None]]]

ROUTER: Final = APIRouter(tags=["operations"])


class NotSimulated(Forbidden):
    """The organisation is on the system's clock, where quiescence is not defined. 403."""

    code = "organisation_not_simulated"
    title = Text(en="Organisation has no simulated clock", zh="该组织未使用模拟时钟")


class Quiescence(BaseModel):
    """What is still moving in one service for one organisation."""

    outbox: int = Field(description="Events committed and not published yet.")
    published: dict[str, int] = Field(description="Events published, by topic.")
    handled: dict[str, int] = Field(description="Events consumed, by subscribed topic, including those of no interest.")
    parked: int = Field(description="Events waiting behind one that could not be handled.")
    dead_letters: int = Field(description="Events given up on and not replayed.")
    work: dict[str, int] = Field(description="Things due now or in flight, by job.")
    next_due_at: datetime | None = Field(description="When the next future thing becomes due.")


@ROUTER.get("/v1/quiescence", operation_id="showQuiescence", response_model=Quiescence)
async def quiescence(request: Request, caller: Annotated[Caller, Depends(needs("operations:read"))]) -> Response:
    """Show what is still moving in this service for the caller's organisation."""
    state = request.app.state
    # In one snapshot: an event that is handled after `work` was counted, and causes work, must not count as handled.
    async with snapshot(state.db) as tx:
        now = await _simulated_now(tx, caller.org)
        work, next_due_at = await state.pending(tx, caller.org, now)
        counts = (await tx.execute(_counts(tx.kernel, caller.org))).one()
    return answer(
        Quiescence(
            outbox=counts.outbox,
            published=counts.published,
            handled=dict.fromkeys(sorted(state.subscribes), 0) | counts.handled,
            parked=counts.parked,
            dead_letters=counts.dead_letters,
            work=work,
            next_due_at=next_due_at,
        )
    )


async def nothing_pending(_tx: Transaction, _org: OrgId, _now: datetime) -> tuple[dict[str, int], datetime | None]:
    """The `pending` of a service without jobs of its own."""
    return {}, None


async def _simulated_now(tx: Transaction, org: OrgId) -> datetime:
    table = tx.kernel.organisation
    found = (await tx.execute(select(table.c.simulated_now).where(table.c.org_id == org))).one_or_none()
    if found is None:
        raise OrganisationUnknown(detail="there is no such organisation")
    if found.simulated_now is None:
        raise NotSimulated
    return await organisation_now(tx, org)


def _counts(kernel: KernelTables, org: OrgId) -> Select[int, dict[str, int], dict[str, int], int, int]:
    """All counts in one statement, so that they are of one instant."""
    archive, inbox, dead = kernel.outbox_archive, kernel.inbox, kernel.dead_letter
    return select(
        _count(kernel.outbox.c.org_id == org).label("outbox"),
        _by_topic(archive.c.topic, archive.c.org_id == org, archive.c.replay_of.is_(None)).label("published"),
        _by_topic(inbox.c.topic, inbox.c.org_id == org).label("handled"),
        _count(kernel.parked_event.c.org_id == org).label("parked"),
        _count(dead.c.org_id == org, dead.c.state == "open").label("dead_letters"),
    )


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).where(*conditions).scalar_subquery()


def _by_topic(topic: ColumnElement[str], *conditions: ColumnElement[bool]) -> ColumnElement[dict[str, int]]:
    counted = select(topic.label("topic"), func.count().label("events")).where(*conditions).group_by(topic).subquery()
    totals = select(func.jsonb_object_agg(counted.c.topic, counted.c.events)).scalar_subquery()
    return func.coalesce(totals, func.jsonb_build_object())
