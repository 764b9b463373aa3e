"""Files over HTTP: sent as multipart, inspected while they are read, given back as downloads only."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive

from services.intake.cases.store.cases import pin_of
from services.intake.entries.rules.errors import InputRefused
from services.intake.evidence.client import Objects
from services.intake.evidence.rules import (
    RECOGNISED,
    Evidence,
    EvidenceKindUnknown,
    EvidenceTermOver,
    EvidenceTypeRefused,
    Inspection,
    safe_name,
)
from services.intake.evidence.store import get_evidence, is_kept, require_not_erased
from services.intake.evidence.use_cases.file_evidence import FileEvidence, file_evidence
from services.intake.evidence.views import FiledView, filed_view
from shared.kernel.ids import CaseId
from shared.packs.intake.model.fields import LARGEST_FILE, EvidenceKind
from shared.packs.store import pinned
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.body_limit import body_limit
from shared.platform.http.download import download
from shared.platform.http.edge import Caller, Db, PathId, needs, run_once
from shared.platform.http.idempotency import HEADER, IdempotencyKeyMissing
from shared.platform.http.problems import BodyTooLarge, InputInvalid, MediaTypeUnsupported
from shared.platform.http.strict import pointer, require_media_type
from shared.platform.links.store import use_link

router = APIRouter(tags=["evidence"])
_FORM_OVERHEAD: Final = 16 * 1024
LARGEST_FORM: Final = LARGEST_FILE + _FORM_OVERHEAD
_FORM: Final = "multipart/form-data"
_CHUNK: Final = 256 * 1024

MULTIPART: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": (
            f"A file of at most {LARGEST_FILE} bytes, or fewer where its kind in the pack says so. Of the media types "
            "that the kind lists; what is told from its content: " + ", ".join(RECOGNISED) + "."
        ),
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["file", "kind"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "maxLength": LARGEST_FILE,
                            "description": "The file's content.",
                        },
                        "kind": {"type": "string", "description": "A kind of evidence of the case's pack."},
                    },
                },
                "encoding": {"file": {"contentType": ", ".join(RECOGNISED)}},
            }
        },
    }
}

DOWNLOAD: Final = download("The file as it was sent.", *RECOGNISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upload:
    content: IO[bytes]
    kind: EvidenceKind
    declared: str
    filename: str | None
    inspection: Inspection


@router.post(
    "/v1/cases/{case_id}/evidence",
    operation_id="fileEvidence",
    status_code=201,
    response_model=FiledView,
    responses={200: {"model": FiledView, "description": "The case has the same content already."}},
    openapi_extra=MULTIPART,
)
@body_limit(LARGEST_FORM)
async def file(
    request: Request, case_id: PathId, caller: Annotated[Caller, Depends(needs("cases:write"))], db: Db
) -> Response:
    """File a document, photo or report with a case. 200 when the case has the same content already."""
    case = CaseId(case_id)
    async with reading(db) as tx:
        pack, version = await pin_of(tx, org=caller.org, case_id=case)
        section = (await pinned(tx, org=caller.org, pack=pack, version=version)).intake
    return await receive(request, db, caller, case, kinds=section.evidence, view=filed_view)


@router.get(
    "/v1/cases/{case_id}/evidence/{evidence_id}",
    operation_id="downloadEvidence",
    response_class=Response,
    responses=DOWNLOAD,
)
async def save(
    request: Request,
    case_id: PathId,
    evidence_id: PathId,
    caller: Annotated[Caller, Depends(needs("cases:read"))],
    db: Db,
) -> Response:
    """Download a file of a case as it was sent. A browser never shows it, it always saves it."""
    return await give_back(request, db, caller, CaseId(case_id), evidence_id)


async def receive(
    request: Request,
    db: Database,
    caller: Caller,
    case: CaseId,
    *,
    kinds: Sequence[EvidenceKind],
    view: Callable[[Evidence, bool], BaseModel],
) -> Response:
    """Read the form, store the file and file it with the case, as one of `kinds`."""
    if HEADER not in request.headers:
        raise IdempotencyKeyMissing
    async with _form(request, kinds) as form:
        upload = await _inspected(form, kinds)
        objects: Objects = request.app.state.objects
        digest = upload.inspection.sha256
        async with reading(db) as tx:
            await require_not_erased(tx, org=caller.org, case_id=case, sha256=digest)
        await objects.put(upload.content, org=caller.org, case_id=case, sha256=digest)
    cmd = FileEvidence(
        org=caller.org,
        case_id=case,
        kind=upload.kind.id,
        media_type=upload.declared,
        size=upload.inspection.size,
        sha256=digest,
        filename=upload.filename,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        await use_link(tx, caller, "file", now=now)
        evidence, created = await file_evidence(tx, cmd, actor=caller.actor, now=now)
        return (201 if created else 200), view(evidence, created)

    fingerprint = sha256(f"{cmd.kind}\0{cmd.media_type}\0{cmd.sha256}".encode()).digest()
    try:
        return await run_once(request, db, caller, work, fingerprint=fingerprint)
    except EvidenceTermOver:
        await _erase_again(db, objects, cmd)
        raise


async def _erase_again(db: Database, objects: Objects, cmd: FileEvidence) -> None:
    """What was erased from the case and sent once more does not stay in the store."""
    async with reading(db) as tx:
        kept = await is_kept(tx, org=cmd.org, case_id=cmd.case_id, sha256=cmd.sha256)
    if not kept:
        await objects.erase(org=cmd.org, case_id=cmd.case_id, sha256=cmd.sha256)


async def give_back(request: Request, db: Database, caller: Caller, case: CaseId, evidence_id: str) -> Response:
    """A file of the case as it was sent, to be saved. Raises EvidenceUnknown, EvidencePurged."""
    async with reading(db) as tx:
        row = await get_evidence(tx, org=caller.org, case_id=case, evidence_id=evidence_id)
    objects: Objects = request.app.state.objects
    pieces = await objects.get(org=caller.org, case_id=case, sha256=row.sha256)
    headers = {
        "Content-Disposition": _attachment(row.filename or f"{row.kind}-{evidence_id}"),
        "Content-Length": str(row.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "ETag": f'"{row.sha256}"',
    }
    return StreamingResponse(pieces, media_type=row.media_type, headers=headers)


def _attachment(name: str) -> str:
    """RFC 6266 with an RFC 8187 name, which keeps Chinese."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _form(request: Request, kinds: Sequence[EvidenceKind]) -> Any:
    require_media_type(request, _FORM)
    largest = max((kind.max_bytes for kind in kinds), default=0) + _FORM_OVERHEAD
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:12]) > largest:
        raise BodyTooLarge(fields={"limit": largest})
    bounded = Request(request.scope, _bounded(request.receive, largest))
    return bounded.form(max_files=1, max_fields=4, max_part_size=1024)


def _bounded(receive: Receive, largest: int) -> Receive:
    """`receive` that raises BodyTooLarge once more than `largest` bytes came in, whatever was declared."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise BodyTooLarge(fields={"limit": largest})
        return message

    return bounded


async def _inspected(form: Mapping[str, Any], kinds: Sequence[EvidenceKind]) -> _Upload:
    if unknown := sorted(set(form) - {"file", "kind"}):
        raise InputInvalid([{"path": pointer(("body", key)), "code": "extra_forbidden"} for key in unknown])
    sent, name = form.get("file"), form.get("kind")
    if not isinstance(sent, UploadFile) or not isinstance(name, str):
        lacking = [
            key for key, ok in (("file", isinstance(sent, UploadFile)), ("kind", isinstance(name, str))) if not ok
        ]
        raise InputRefused(code="input_missing", fields=dict.fromkeys(lacking, "missing"))
    kind = next((kind for kind in kinds if kind.id == name), None)
    if kind is None:
        raise EvidenceKindUnknown(fields={"allowed": sorted(kind.id for kind in kinds)})
    declared = (sent.content_type or "").partition(";")[0].strip().lower()
    inspection = Inspection()
    async for piece in _pieces(sent):
        inspection.feed(piece)
        if inspection.size > kind.max_bytes:
            raise BodyTooLarge(fields={"limit": kind.max_bytes, "allowed": list(kind.media_types)})
    try:
        inspection.judge(kind, declared=declared)
    except EvidenceTypeRefused as refusal:
        if refusal.code != EvidenceTypeRefused.code:
            raise
        raise MediaTypeUnsupported(
            code=refusal.code, cite=refusal.cite, fields=refusal.fields, title=refusal.title
        ) from None
    return _Upload(
        content=sent.file, kind=kind, declared=declared, filename=safe_name(sent.filename), inspection=inspection
    )


async def _pieces(sent: UploadFile) -> AsyncIterator[bytes]:
    while piece := await sent.read(_CHUNK):
        yield piece
