"""Policy packs over HTTP: try one, publish one, read what is published."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from services.intake.db import policies
from services.intake.use_cases.publish_policy import Published, PublishPolicy, publish_policy
from shared.packs.documents import digest
from shared.packs.publishing.review import faults, review
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, StrictModel, answer, needs, run_once, strict_body
from shared.platform.http.idempotency import safe_to_repeat
from shared.platform.http.paging import Page, PageTokenInvalid, Paging
from shared.platform.http.strict import Day

router = APIRouter(tags=["policies"])

_PG_INTEGER = re.compile("[0-9]{1,9}")
PackName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


class DocumentsBody(StrictModel):
    """The five documents of a pack, as its YAML files say them with `extends` carried out."""

    model_config = ConfigDict(str_max_length=None)

    pack: dict[str, Any]
    intake: dict[str, Any] = Field(default_factory=dict)
    sla: dict[str, Any] = Field(default_factory=dict)
    settlement: dict[str, Any] = Field(default_factory=dict)
    notify: dict[str, Any] = Field(default_factory=dict)


class LintPolicyBody(StrictModel):
    """The pack to try."""

    model_config = ConfigDict(str_max_length=None)

    documents: DocumentsBody


class PublishPolicyBody(LintPolicyBody):
    """The pack to publish; `effective_from` replaces the date in `pack`."""

    effective_from: Day | None = None


class FindingView(BaseModel):
    """One fault (`error`) or doubt (`warning`) about a pack."""

    severity: Literal["error", "warning"]
    code: str
    section: str
    message: str


class LintView(BaseModel):
    """What is to be said about a pack; `publishable` when nothing of it is an error."""

    digest: str
    publishable: bool
    findings: list[FindingView]


class PublishedView(BaseModel):
    """The version that the pack has now."""

    pack: str
    version: int
    effective_from: date
    digest: str


class PolicyView(PublishedView):
    """A published version."""

    published_at: datetime


class PolicyDocumentsView(PolicyView):
    """A published version with its documents."""

    documents: dict[str, dict[str, Any]]


@router.post("/v1/policies", status_code=201, response_model=PublishedView)
async def publish(
    request: Request,
    body: Annotated[PublishPolicyBody, strict_body(PublishPolicyBody)],
    caller: Annotated[Caller, Depends(needs("policy:write"))],
    db: Db,
) -> Response:
    """Publish a pack for the caller's organisation; 201 for a new version, 200 when it was published before."""
    cmd = PublishPolicy(documents=body.documents.model_dump(), effective_from=body.effective_from)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        published = await publish_policy(tx, cmd, org=caller.org, now=now)
        return (201 if published.created else 200), _published(published)

    return await run_once(request, db, caller, work)


@router.post("/v1/policies/lint", response_model=LintView)
@safe_to_repeat
async def lint(
    body: Annotated[LintPolicyBody, strict_body(LintPolicyBody)],
    _caller: Annotated[Caller, Depends(needs("policy:write"))],
) -> Response:
    """Say what publishing this pack would say; changes nothing."""
    documents = body.documents.model_dump()
    _, findings = review(documents)
    views = [
        FindingView(severity=fault.severity, code=fault.code, section=fault.file, message=fault.text())
        for fault in faults(findings, documents)
    ]
    publishable = all(finding.severity == "warning" for finding in findings)
    return answer(LintView(digest=digest(documents), publishable=publishable, findings=views))


@router.get("/v1/policies")
async def index(paging: Paging, caller: Annotated[Caller, Depends(needs("policy:read"))], db: Db) -> Page[PolicyView]:
    """The published versions of the caller's organisation, by pack and number."""
    async with reading(db) as tx:
        rows = await policies.page(tx, caller.org, after=_after(paging.after), limit=paging.limit + 1)
    views = [PolicyView(**_fields(row)) for row in rows]
    return paging.page(views, keys=[(row.pack, str(row.version)) for row in rows])


@router.get("/v1/policies/{pack}/{version}", response_model=PolicyDocumentsView)
async def show(
    pack: PackName,
    version: VersionNumber,
    caller: Annotated[Caller, Depends(needs("policy:read"))],
    db: Db,
) -> Response:
    """One published version with its documents."""
    async with reading(db) as tx:
        row, documents = await policies.get(tx, caller.org, pack=pack, version=version)
    return answer(PolicyDocumentsView(**_fields(row), documents=documents))


def _after(key: tuple[str, ...] | None) -> tuple[str, int] | None:
    match key:
        case None:
            return None
        case (pack, number) if _PG_INTEGER.fullmatch(number):
            return pack, int(number)
        case _:
            raise PageTokenInvalid


def _fields(row: policies.PolicyRow) -> dict[str, Any]:
    return {
        "pack": row.pack,
        "version": row.version,
        "effective_from": row.effective_from,
        "digest": row.digest,
        "published_at": row.published_at,
    }


def _published(published: Published) -> PublishedView:
    return PublishedView(
        pack=published.pack,
        version=published.version.version,
        effective_from=published.version.effective_from,
        digest=published.version.digest,
    )
