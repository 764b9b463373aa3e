"""Rows of `remedy` and `approval`; a remedy is read and written whole, under the lock of its case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, func, insert, select, update

from services.settlement.cases.store import CASE
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.errors import RemedyUnknown
from services.settlement.remedies.rules.remedy import Certificate, Remedy
from services.settlement.remedies.rules.states import EXPIRING, State
from services.settlement.remedies.store import quotes
from services.settlement.remedies.store.tables import APPROVAL, REMEDY
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_JUST_AFTER: Final = timedelta(microseconds=1)


async def case_of(tx: Transaction, *, org: OrgId, remedy_id: str) -> str:
    """The case of a remedy, to lock it first. Raises RemedyUnknown."""
    query = select(REMEDY.c.case_id).where(REMEDY.c.org_id == org, REMEDY.c.remedy_id == remedy_id)
    case_id: str | None = (await tx.execute(query)).scalar_one_or_none()
    if case_id is None:
        raise RemedyUnknown
    return case_id


async def get(tx: Transaction, *, org: OrgId, remedy_id: str) -> Remedy:
    """The remedy. Raises RemedyUnknown."""
    found = await _load(tx, _query(org).where(REMEDY.c.remedy_id == remedy_id))
    if not found:
        raise RemedyUnknown
    return found[0]


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[Remedy]:
    """All remedies of a case, oldest first."""
    return await _load(tx, _query(org).where(REMEDY.c.case_id == case_id).order_by(REMEDY.c.remedy_id))


async def page_of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Remedy]:
    """Remedies of a case beyond `after`, oldest first."""
    query = _query(org).where(REMEDY.c.case_id == case_id)
    if after is not None:
        query = query.where(REMEDY.c.remedy_id > after)
    return await _load(tx, query.order_by(REMEDY.c.remedy_id).limit(limit))


async def offered_on_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Remedy]:
    """Remedies of a case that were put to the customer, beyond `after`, oldest first."""
    query = _query(org).where(REMEDY.c.case_id == case_id, REMEDY.c.round.is_not(None))
    if after is not None:
        query = query.where(REMEDY.c.remedy_id > after)
    return await _load(tx, query.order_by(REMEDY.c.remedy_id).limit(limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyFilter:
    """Which remedies a list shows; None shows all. `role` is one that has to approve them now."""

    state: State | None = None
    role: str | None = None
    customer_ref: str | None = None
    remedy: str | None = None


async def page_of(tx: Transaction, chosen: RemedyFilter, *, org: OrgId, after: str | None, limit: int) -> list[Remedy]:
    """Remedies of an organisation beyond `after`, oldest first."""
    query = _query(org)
    if chosen.state is not None:
        query = query.where(REMEDY.c.state == chosen.state.value)
    if chosen.role is not None:
        query = query.where(REMEDY.c.state == State.ACCEPTED.value, REMEDY.c.awaited.contains([chosen.role]))
    if chosen.customer_ref is not None:
        by_case = (CASE.c.org_id == REMEDY.c.org_id) & (CASE.c.case_id == REMEDY.c.case_id)
        query = query.join(CASE, by_case).where(CASE.c.customer_ref == chosen.customer_ref)
    if chosen.remedy is not None:
        query = query.where(REMEDY.c.remedy == chosen.remedy)
    if after is not None:
        query = query.where(REMEDY.c.remedy_id > after)
    return await _load(tx, query.order_by(REMEDY.c.remedy_id).limit(limit))


async def add(tx: Transaction, remedy: Remedy) -> None:
    """Store a new remedy."""
    row = {"org_id": remedy.org, "remedy_id": remedy.remedy_id, "case_id": remedy.case_id, **_values(remedy)}
    await tx.execute(insert(REMEDY).values(row))


async def save(tx: Transaction, remedy: Remedy) -> None:
    """Store a remedy's new state."""
    found = update(REMEDY).where(REMEDY.c.org_id == remedy.org, REMEDY.c.remedy_id == remedy.remedy_id)
    await tx.execute(found.values(_values(remedy)))


async def add_approval(tx: Transaction, remedy: Remedy, approval: Approval) -> None:
    """Store one approval; the keys of the table refuse a role or a person twice."""
    await tx.execute(
        insert(APPROVAL).values(
            org_id=remedy.org,
            remedy_id=remedy.remedy_id,
            role=approval.role,
            subject=approval.subject,
            at=approval.at,
        )
    )


async def overdue_quotes(tx: Transaction, *, limit: int) -> list[tuple[OrgId, str]]:
    """Remedies whose quote ran out by the clock of their organisation: candidates, checked again under the lock."""
    clocks = tx.kernel.organisation
    query = (
        select(REMEDY.c.org_id, REMEDY.c.remedy_id)
        .join(clocks, clocks.c.org_id == REMEDY.c.org_id)
        .where(
            REMEDY.c.state.in_(EXPIRING),
            REMEDY.c.expires_at < func.coalesce(clocks.c.simulated_now, func.now()),
        )
        .order_by(REMEDY.c.expires_at)
        .limit(limit)
    )
    return [(OrgId(row.org_id), row.remedy_id) for row in await tx.execute(query)]


async def quotes_to_expire(tx: Transaction, *, org: OrgId, now: datetime) -> tuple[int, datetime | None]:
    """How many quotes are to expire at `now`, and the next instant at which one will be."""
    is_overdue = REMEDY.c.expires_at < now
    counted = select(
        func.count().filter(is_overdue).label("overdue"),
        func.min(REMEDY.c.expires_at).filter(~is_overdue).label("next_at"),
    )
    row = (await tx.execute(counted.where(REMEDY.c.org_id == org, REMEDY.c.state.in_(EXPIRING)))).one()
    return row.overdue, None if row.next_at is None else row.next_at + _JUST_AFTER


def _query(org: OrgId) -> Select[Any]:
    return select(REMEDY).where(REMEDY.c.org_id == org)


async def _load(tx: Transaction, query: Select[Any]) -> list[Remedy]:
    rows = (await tx.execute(query)).all()
    if not rows:
        return []
    approvals = await _approvals(tx, rows[0].org_id, [row.remedy_id for row in rows])
    return [_remedy(row, approvals.get(row.remedy_id, [])) for row in rows]


async def _approvals(tx: Transaction, org: OrgId, remedy_ids: Sequence[str]) -> dict[str, list[Approval]]:
    query = select(APPROVAL).where(APPROVAL.c.org_id == org, APPROVAL.c.remedy_id.in_(remedy_ids))
    found: dict[str, list[Approval]] = {}
    for row in await tx.execute(query.order_by(APPROVAL.c.at, APPROVAL.c.role)):
        approval = Approval(role=row.role, subject=row.subject, at=row.at)
        found.setdefault(row.remedy_id, []).append(approval)
    return found


def _values(remedy: Remedy) -> dict[str, object]:
    quote = remedy.quote
    return {
        "remedy": remedy.remedy,
        "mode": remedy.mode,
        "cite": remedy.cite,
        "state": remedy.state.value,
        "version": remedy.version,
        "amount_minor": quote.amount.minor,
        "currency": quote.amount.currency,
        "quantity": quote.quantity,
        "quote": quotes.to_json(quote),
        "quote_hash": quote.quote_hash,
        "quoted_at": remedy.quoted_at,
        "expires_at": remedy.expires_at,
        "round": remedy.round,
        "consent": remedy.consent,
        "certificate": _certificate_json(remedy.certificate),
        "returned": remedy.returned,
        "released": remedy.released,
        "final": remedy.final,
        "reason": remedy.reason,
        "reference": remedy.reference,
        "performers": dict(remedy.performers),
        "awaited": list(remedy.awaited),
    }


def _remedy(row: Row[Any], approvals: Sequence[Approval]) -> Remedy:
    return Remedy(
        org=OrgId(row.org_id),
        case_id=CaseId(row.case_id),
        remedy_id=row.remedy_id,
        remedy=row.remedy,
        mode=row.mode,
        cite=row.cite,
        state=State(row.state),
        version=row.version,
        quote=quotes.from_json(row.quote),
        quoted_at=row.quoted_at,
        expires_at=row.expires_at,
        approvals=tuple(approvals),
        certificate=_certificate(row.certificate),
        round=row.round,
        consent=row.consent,
        returned=row.returned,
        released=row.released,
        final=row.final,
        reason=row.reason,
        reference=row.reference,
        performers=row.performers,
        awaited=tuple(row.awaited),
    )


def _certificate_json(certificate: Certificate | None) -> dict[str, str] | None:
    if certificate is None:
        return None
    return {
        "certificate": certificate.certificate,
        "reference": certificate.reference,
        "recorded_by": certificate.recorded_by,
        "at": certificate.at.isoformat(),
    }


def _certificate(stored: dict[str, str] | None) -> Certificate | None:
    if stored is None:
        return None
    return Certificate(
        certificate=stored["certificate"],
        reference=stored["reference"],
        recorded_by=stored["recorded_by"],
        at=datetime.fromisoformat(stored["at"]),
    )
