"""The archive's index over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.intake.dossier.store import get_archive
from services.intake.dossier.views import ArchiveItem, ArchiveView
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs

router = APIRouter(tags=["cases"])


@router.get("/v1/cases/{case_id}/archive", operation_id="showArchive", response_model=ArchiveView)
async def archive(case_id: PathId, caller: Annotated[Caller, Depends(needs("cases:read"))], db: Db) -> Response:
    """Show the index of an archived case: every paper, record and file with its hash."""
    async with reading(db) as tx:
        row = await get_archive(tx, org=caller.org, case_id=CaseId(case_id))
    return answer(
        ArchiveView(
            case_id=case_id,
            archived_at=row.archived_at,
            archived_by=row.archived_by,
            entries=[ArchiveItem(**entry) for entry in row.entries],
            sha256=row.sha256,
        )
    )
