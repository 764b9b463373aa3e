"""The case page and its history over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.intake.casepage.store import case_page
from services.intake.casepage.views import (
    CasePage,
    TimelineItem,
    after_instant,
    case_page_view,
    first_item,
    instant_key,
    timeline_item,
)
from services.intake.cases.store.cases import policy_of
from services.intake.cases.store.history import timeline_page
from services.intake.dossier.rules.dossier import files
from services.intake.dossier.store import LoadedCase, load_case
from services.intake.retention.rules import retention_status
from services.intake.retention.use_cases.purge_case import purge_request
from services.intake.workflow.rules.available import next_steps
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs
from shared.platform.http.paging import Page, Paging
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["cases"])

Reader = Annotated[Caller, Depends(needs("cases:read"))]


@router.get("/v1/cases/{case_id}", operation_id="showCase", response_model=CasePage)
async def show(case_id: PathId, caller: Reader, db: Db) -> Response:
    """Show a case page. It has where the case stands, what may be done next, clocks, amounts, messages, papers."""
    async with reading(db) as tx:
        now = await organisation_now(tx, caller.org)
        page = await case_page(tx, org=caller.org, case_id=CaseId(case_id))
        loaded = LoadedCase(dossier=page.dossier, policy=await policy_of(tx, page.dossier.case))
    actor, section = caller.actor, loaded.section
    asked = purge_request(loaded, actor=actor, now=now)
    seen, kept = asked.seen, retention_status(page.dossier, section, asked)
    offers = next_steps(page.dossier, section, actor=actor, seen=seen)
    papers = files(page.dossier, section, seen=seen)
    return answer(case_page_view(page, loaded.policy, offers=offers, files=papers, kept=kept))


@router.get("/v1/cases/{case_id}/timeline", operation_id="showTimeline", response_model=Page[TimelineItem])
async def timeline(case_id: PathId, paging: Paging, caller: Reader, db: Db) -> Response:
    """List everything that happened to a case, in order, with who, when and under which rule."""
    after = after_instant(paging.after)
    async with reading(db) as tx:
        loaded = await load_case(tx, org=caller.org, case_id=CaseId(case_id))
        rows = await timeline_page(tx, org=caller.org, case_id=loaded.case.case_id, after=after, limit=paging.limit + 1)
    first = [first_item(loaded.dossier, loaded.section)] if after is None else []
    items = [*first, *(timeline_item(row) for row in rows)]
    return answer(paging.page(items, keys=[instant_key(item.at, item.entry_id) for item in items]))
