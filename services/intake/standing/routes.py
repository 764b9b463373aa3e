"""Standing facts over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.entries.views import Word
from services.intake.standing.store import Wanted, records_page
from services.intake.standing.use_cases.record_standing_facts import RecordStandingFacts, record_standing_facts
from services.intake.standing.views import (
    RecordedView,
    RecordStandingFactsBody,
    StandingFactView,
    SubjectId,
    recorded_view,
    standing_fact_view,
)
from shared.packs.intake.model.standing import SubjectKind
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, PageRequest, PageTokenInvalid, Paging
from shared.platform.http.strict import Instant

router = APIRouter(tags=["standing facts"])


@router.post("/v1/standing-facts", operation_id="recordStandingFacts", response_model=RecordedView)
async def record(
    request: Request,
    body: Annotated[RecordStandingFactsBody, strict_body(RecordStandingFactsBody)],
    caller: Annotated[Caller, Depends(needs("standing:write"))],
    db: Db,
) -> Response:
    """Record what is true of customers, products, contracts, units and persons, up to 1,000 rows at once.

    Each row is answered by itself. A row that is on record already changes nothing, so that the same rows may be sent
    again; one with another value or end and the same subject, name and start supersedes the earlier one.
    """
    cmd = RecordStandingFacts(org=caller.org, rows=[row.stated() for row in body.rows])

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 200, recorded_view(await record_standing_facts(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)


async def _wanted(
    kind: Annotated[SubjectKind, Query(alias="subject_kind", description="What the subject is.")],
    subject: Annotated[SubjectId, Query(description="The subject's id in the organisation's systems.")],
    name: Annotated[Word | None, Query(description="Only records under this name.")] = None,
    as_of: Annotated[
        Instant | None, Query(description="Only the record of each name that is in effect at this instant.")
    ] = None,
    known_at: Annotated[
        Instant | None, Query(description="Only what had been recorded at this instant; everything when left out.")
    ] = None,
) -> Wanted:
    return Wanted(kind=kind, subject=subject, name=name, as_of=as_of, known_at=known_at)


@router.get("/v1/standing-facts", operation_id="listStandingFacts", response_model=Page[StandingFactView])
async def index(
    paging: Paging,
    wanted: Annotated[Wanted, Depends(_wanted)],
    caller: Annotated[Caller, Depends(needs("standing:read"))],
    db: Db,
) -> Response:
    """List the records of one subject by name and revision; with `as_of` those in effect then."""
    async with reading(db) as tx:
        rows = await records_page(tx, wanted, org=caller.org, after=_after(paging), limit=paging.limit + 1)
    keys = [(row.record.stated.of.name, str(row.record.revision)) for row in rows]
    return answer(paging.page([standing_fact_view(row) for row in rows], keys=keys))


def _after(paging: PageRequest) -> tuple[str, int] | None:
    match paging.after:
        case None:
            return None
        case (name, revision) if revision.isascii() and revision.isdecimal() and len(revision) < 9:  # noqa: PLR2004
            return name, int(revision)
        case _:
            raise PageTokenInvalid
