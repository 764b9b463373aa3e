"""The REST surface of settlement: quote, negotiate, approve, pay, release, explain."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.api.explanation import ExplanationView, explanation_view
from services.settlement.api.schemas import (
    AcceptBody,
    CertificateBody,
    DeclineBody,
    HashBody,
    PayoutBody,
    QuantityBody,
    QuoteBody,
    RejectBody,
)
from services.settlement.api.views import LedgerView, RemedyView, ledger_view, remedy_view
from services.settlement.db import cases, ledger, payouts, remedies
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.accept_remedy import AcceptRemedy, accept_remedy
from services.settlement.use_cases.approve_remedy import ApproveRemedy, approve_remedy
from services.settlement.use_cases.book_return import BookReturn, book_return
from services.settlement.use_cases.decline_remedy import DeclineRemedy, decline_remedy
from services.settlement.use_cases.explain_remedy import explain_remedy
from services.settlement.use_cases.offer_remedy import OfferRemedy, offer_remedy
from services.settlement.use_cases.quote_remedy import QuoteRemedy, quote_remedy
from services.settlement.use_cases.record_certificate import RecordCertificate, record_certificate
from services.settlement.use_cases.reject_remedy import RejectRemedy, reject_remedy
from services.settlement.use_cases.release_replacement import ReleaseReplacement, release_replacement
from services.settlement.use_cases.request_payout import RequestPayout, request_payout
from services.settlement.use_cases.show_remedy import show, show_case
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import CasePaging, Page

router = APIRouter(tags=["settlement"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("settlement:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(needs("settlement:write"))]
Approver: TypeAlias = Annotated[Caller, Depends(needs("settlement:approve"))]
Act = Callable[[Transaction, datetime], Awaitable[Remedy]]


@router.post("/v1/cases/{case_id}/remedies", status_code=201, response_model=RemedyView)
async def quote(
    request: Request, case_id: PathId, body: Annotated[QuoteBody, strict_body(QuoteBody)], caller: Writer, db: Db
) -> Response:
    """Compute and lock an amount for a case."""
    cmd = QuoteRemedy(case_id=case_id, remedy=body.remedy, inputs=body.inputs)
    return await _once(request, db, caller, lambda tx, now: quote_remedy(tx, cmd, caller=caller, now=now), status=201)


@router.post("/v1/remedies/{remedy_id}/offer", response_model=RemedyView)
async def offer(
    request: Request, remedy_id: PathId, body: Annotated[HashBody, strict_body(HashBody)], caller: Writer, db: Db
) -> Response:
    """Put the quote to the customer."""
    cmd = OfferRemedy(remedy_id=remedy_id, quote_hash=body.quote_hash)
    return await _once(request, db, caller, lambda tx, now: offer_remedy(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/accept", response_model=RemedyView)
async def accept(
    request: Request, remedy_id: PathId, body: Annotated[AcceptBody, strict_body(AcceptBody)], caller: Writer, db: Db
) -> Response:
    """The customer accepts."""
    cmd = AcceptRemedy(remedy_id=remedy_id, quote_hash=body.quote_hash, consent=body.consent)
    return await _once(request, db, caller, lambda tx, now: accept_remedy(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/reject", response_model=RemedyView)
async def reject(
    request: Request, remedy_id: PathId, body: Annotated[RejectBody, strict_body(RejectBody)], caller: Writer, db: Db
) -> Response:
    """The customer refuses."""
    cmd = RejectRemedy(remedy_id=remedy_id, final=body.final, reason=body.reason)
    return await _once(request, db, caller, lambda tx, now: reject_remedy(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/approve", response_model=RemedyView)
async def approve(
    request: Request, remedy_id: PathId, body: Annotated[HashBody, strict_body(HashBody)], caller: Approver, db: Db
) -> Response:
    """Approve in a role that the amount needs."""
    cmd = ApproveRemedy(remedy_id=remedy_id, quote_hash=body.quote_hash)
    return await _once(request, db, caller, lambda tx, now: approve_remedy(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/decline", response_model=RemedyView)
async def decline(
    request: Request,
    remedy_id: PathId,
    body: Annotated[DeclineBody, strict_body(DeclineBody)],
    caller: Approver,
    db: Db,
) -> Response:
    """Refuse approval; the remedy ends."""
    cmd = DeclineRemedy(remedy_id=remedy_id, reason=body.reason)
    return await _once(request, db, caller, lambda tx, now: decline_remedy(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/certificate", response_model=RemedyView)
async def certificate(
    request: Request,
    remedy_id: PathId,
    body: Annotated[CertificateBody, strict_body(CertificateBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Record the tax paper."""
    amount = None if body.amount is None else body.amount.money()
    cmd = RecordCertificate(remedy_id=remedy_id, certificate=body.certificate, reference=body.reference, amount=amount)
    return await _once(request, db, caller, lambda tx, now: record_certificate(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/returns", response_model=RemedyView)
async def returns(
    request: Request,
    remedy_id: PathId,
    body: Annotated[QuantityBody, strict_body(QuantityBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Book goods that came back."""
    cmd = BookReturn(remedy_id=remedy_id, quantity=Decimal(body.quantity))
    return await _once(request, db, caller, lambda tx, now: book_return(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/release", response_model=RemedyView)
async def release(
    request: Request,
    remedy_id: PathId,
    body: Annotated[QuantityBody, strict_body(QuantityBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Release replacement goods."""
    cmd = ReleaseReplacement(remedy_id=remedy_id, quantity=Decimal(body.quantity))
    return await _once(request, db, caller, lambda tx, now: release_replacement(tx, cmd, caller=caller, now=now))


@router.post("/v1/remedies/{remedy_id}/payout", status_code=202, response_model=RemedyView)
async def payout(
    request: Request, remedy_id: PathId, body: Annotated[PayoutBody, strict_body(PayoutBody)], caller: Writer, db: Db
) -> Response:
    """Ask for the one payout; it is carried out after the answer."""
    cmd = RequestPayout(remedy_id=remedy_id, amount=body.amount.money(), quote_hash=body.quote_hash)
    return await _once(request, db, caller, lambda tx, now: request_payout(tx, cmd, caller=caller, now=now), status=202)


@router.get("/v1/cases/{case_id}/remedies", response_model=Page[RemedyView])
async def of_case(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """The remedies of a case, oldest first."""
    async with reading(db) as tx:
        shown = await show_case(tx, caller.org, case_id, after=paging.after_id, limit=paging.limit + 1)
    views = [remedy_view(each) for each in shown]
    return answer(paging.page(views, keys=[(view.remedy_id,) for view in views]))


@router.get("/v1/remedies/{remedy_id}", response_model=RemedyView)
async def one(remedy_id: PathId, caller: Reader, db: Db) -> Response:
    """One remedy."""
    async with reading(db) as tx:
        view = await _view(tx, await remedies.get(tx, caller.org, remedy_id))
    return answer(view)


@router.get("/v1/remedies/{remedy_id}/explain", response_model=ExplanationView)
async def explain(remedy_id: PathId, caller: Reader, db: Db) -> Response:
    """Why this amount, and what it needs."""
    async with reading(db) as tx:
        explanation = await explain_remedy(tx, caller.org, remedy_id)
        shown = await show(tx, [explanation.matter.remedy])
        paid = await payouts.get(tx, caller.org, remedy_id)
    return answer(explanation_view(explanation, shown[0], paid))


@router.get("/v1/cases/{case_id}/ledger", response_model=LedgerView)
async def postings(case_id: PathId, caller: Reader, db: Db) -> Response:
    """The double entries of a case: all of them, a case is settled once."""
    async with reading(db) as tx:
        await cases.get(tx, caller.org, case_id)
        booked = await ledger.of_case(tx, caller.org, case_id)
    return answer(ledger_view(booked))


async def _once(request: Request, db: Database, caller: Caller, act: Act, *, status: int = 200) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return status, await _view(tx, await act(tx, now))

    return await run_once(request, db, caller, work)


async def _view(tx: Transaction, remedy: Remedy) -> RemedyView:
    return remedy_view((await show(tx, [remedy]))[0])
