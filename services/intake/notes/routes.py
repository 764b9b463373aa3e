"""Notes over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.notes.use_cases.add_note import AddNote, add_note
from services.intake.notes.views import NoteBody, NoteView, note_view
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, Db, PathId, needs, run_once, strict_body

router = APIRouter(tags=["cases"])


@router.post("/v1/cases/{case_id}/notes", operation_id="addNote", status_code=201, response_model=NoteView)
async def add(
    request: Request,
    case_id: PathId,
    body: Annotated[NoteBody, strict_body(NoteBody)],
    caller: Annotated[Caller, Depends(needs("cases:write"))],
    db: Db,
) -> Response:
    """Add a note to a case; it stands in the case's history."""
    cmd = AddNote(org=caller.org, case_id=CaseId(case_id), text=body.text)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, note_view(await add_note(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)
