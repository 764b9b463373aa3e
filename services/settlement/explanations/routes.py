"""Explanations over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from services.settlement.explanations.use_cases.explain_remedy import explain_remedy
from services.settlement.explanations.views import ExplanationView, explanation_view
from services.settlement.remedies.routes.actions import Reader
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Db, PathId, answer

router = APIRouter(tags=["settlement"])


@router.get("/v1/remedies/{remedy_id}/explain", operation_id="explainRemedy", response_model=ExplanationView)
async def explain(remedy_id: PathId, caller: Reader, db: Db) -> Response:
    """Explain a remedy's amount and what it needs."""
    async with reading(db) as tx:
        explanation = await explain_remedy(tx, org=caller.org, remedy_id=remedy_id)
    return answer(explanation_view(explanation))
