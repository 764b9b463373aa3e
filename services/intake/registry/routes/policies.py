"""Policy packs over HTTP: try one, publish one, read what is published."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.registry.store.policies import get_version, policy_page
from services.intake.registry.use_cases.publish_policy import PublishPolicy, publish_policy
from services.intake.registry.views import (
    FindingView,
    LintPolicyBody,
    LintView,
    PolicyDocumentsView,
    PolicyView,
    PublishedView,
    PublishPolicyBody,
    policy_fields,
    published_view,
)
from shared.packs.documents import Documents
from shared.packs.publishing.accept import accepted
from shared.packs.publishing.apart import CHECKER
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, answer, needs, run_once, strict_body
from shared.platform.http.idempotency import stores_nothing
from shared.platform.http.paging import Page, PageTokenInvalid, Paging

router = APIRouter(tags=["policies"])
_PG_INTEGER = re.compile("[0-9]{1,9}")
PackName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post(
    "/v1/policies",
    operation_id="publishPolicy",
    status_code=201,
    response_model=PublishedView,
    responses={200: {"model": PublishedView, "description": "The same pack was published before."}},
)
async def publish(
    request: Request,
    body: Annotated[PublishPolicyBody, strict_body(PublishPolicyBody)],
    caller: Annotated[Caller, Depends(needs("policy:write"))],
    db: Db,
) -> Response:
    """Publish a policy pack for the caller's organisation. 201 for a new version, 200 when it was published before."""
    pack = await accepted(_documents(body), share=caller.org)
    cmd = PublishPolicy(org=caller.org, pack=pack)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        published = await publish_policy(tx, cmd, now=now)
        return (201 if published.created else 200), published_view(published)

    return await run_once(request, db, caller, work)


@router.post("/v1/policies/lint", operation_id="lintPolicy", response_model=LintView)
@stores_nothing
async def lint(
    body: Annotated[LintPolicyBody, strict_body(LintPolicyBody)],
    caller: Annotated[Caller, Depends(needs("policy:write"))],
) -> Response:
    """Check a policy pack without publishing it. The answer lists what publishing it would refuse or warn of."""
    found = await CHECKER.check(body.documents.model_dump(), share=caller.org)
    views = [
        FindingView(severity=each.severity, code=each.code, section=each.section, message=each.message)
        for each in found.findings
    ]
    publishable = all(view.severity == "warning" for view in views)
    return answer(LintView(digest=found.digest, publishable=publishable, findings=views, more=found.more))


@router.get("/v1/policies", operation_id="listPolicies")
async def index(paging: Paging, caller: Annotated[Caller, Depends(needs("policy:read"))], db: Db) -> Page[PolicyView]:
    """List the published versions of the caller's organisation, by pack and number."""
    async with reading(db) as tx:
        rows = await policy_page(tx, org=caller.org, after=_after(paging.after), limit=paging.limit + 1)
    views = [PolicyView(**policy_fields(row)) for row in rows]
    return paging.page(views, keys=[(row.pack, str(row.version)) for row in rows])


@router.get("/v1/policies/{pack}/{version}", operation_id="showPolicy", response_model=PolicyDocumentsView)
async def show(
    pack: PackName,
    version: VersionNumber,
    caller: Annotated[Caller, Depends(needs("policy:read"))],
    db: Db,
) -> Response:
    """Show one published version of a policy pack with its documents."""
    async with reading(db) as tx:
        row, documents = await get_version(tx, org=caller.org, pack=pack, version=version)
    return answer(PolicyDocumentsView(**policy_fields(row), documents=documents))


def _documents(body: PublishPolicyBody) -> Documents:
    documents = body.documents.model_dump()
    if body.effective_from is not None:
        documents["pack"]["effective_from"] = body.effective_from.isoformat()
    return documents


def _after(key: tuple[str, ...] | None) -> tuple[str, int] | None:
    match key:
        case None:
            return None
        case (pack, number) if _PG_INTEGER.fullmatch(number):
            return pack, int(number)
        case _:
            raise PageTokenInvalid
