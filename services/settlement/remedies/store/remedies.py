"""Rows of `remedy` and `approval`; a remedy is read and written whole, under the lock of its case."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import Select, func, insert, literal_column, select

from services.settlement.cases.store import CASE
from services.settlement.looks.rules import from_record, recorded
from services.settlement.migrations.schema import one_of
from services.settlement.remedies.rules.approval_table import Approval, Exempt
from services.settlement.remedies.rules.errors import RemedyUnknown
from services.settlement.remedies.rules.remedy import Certificate, Remedy
from services.settlement.remedies.rules.states import EXPIRING, State
from services.settlement.remedies.store import quotes, withdrawals
from services.settlement.remedies.store.tables import APPROVAL, REMEDY
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_JUST_AFTER: Final = timedelta(microseconds=1)


_R: Final = REMEDY.alias("r")
_DOCUMENT: Final = """
    json_build_object('remedy', r, 'returned', r.returned::text, 'released', r.released::text, 'approvals', (
        SELECT coalesce(json_agg(a ORDER BY a.at, a.role), '[]') FROM settlement.approval a
        WHERE a.org_id = r.org_id AND a.remedy_id = r.remedy_id))::text
"""
"""A remedy with its approvals as one JSON document; decimals as text."""


async def case_of(tx: Transaction, *, org: OrgId, remedy_id: str) -> str:
    """The case of a remedy, to lock it first. Raises RemedyUnknown."""
    rows = await tx.rows(_CASE_OF, (org, remedy_id))
    if not rows:
        raise RemedyUnknown
    case_id: str = rows[0][0]
    return case_id


_CASE_OF: Final = "SELECT case_id::text FROM settlement.remedy WHERE org_id = $1::uuid AND remedy_id = $2::uuid"


async def get(tx: Transaction, *, org: OrgId, remedy_id: str) -> Remedy:
    """The remedy. Raises RemedyUnknown."""
    rows = await tx.rows(_GET, (org, remedy_id))
    if not rows:
        raise RemedyUnknown
    return _remedy(rows[0][0])


_GET: Final = f"SELECT {_DOCUMENT} FROM settlement.remedy r WHERE org_id = $1::uuid AND remedy_id = $2::uuid"  # noqa: S608 (constants)


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[Remedy]:
    """All remedies of a case, oldest first."""
    return [_remedy(document) for (document,) in await tx.rows(_OF_CASE, (org, case_id))]


_OF_CASE: Final = f"""
    SELECT {_DOCUMENT} FROM settlement.remedy r WHERE org_id = $1::uuid AND case_id = $2::uuid ORDER BY remedy_id
"""  # noqa: S608 (constants)


async def page_of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Remedy]:
    """Remedies of a case beyond `after`, oldest first."""
    query = _query(org).where(_R.c.case_id == case_id)
    if after is not None:
        query = query.where(_R.c.remedy_id > after)
    return await _load(tx, query.order_by(_R.c.remedy_id).limit(limit))


async def offered_on_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Remedy]:
    """Remedies of a case that were put to the customer, beyond `after`, oldest first."""
    query = _query(org).where(_R.c.case_id == case_id, _R.c.round.is_not(None))
    if after is not None:
        query = query.where(_R.c.remedy_id > after)
    return await _load(tx, query.order_by(_R.c.remedy_id).limit(limit))


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
        query = query.where(_R.c.state == chosen.state.value)
    if chosen.role is not None:
        query = query.where(_R.c.state == State.ACCEPTED.value, _R.c.awaited.contains([chosen.role]))
    if chosen.customer_ref is not None:
        by_case = (CASE.c.org_id == _R.c.org_id) & (CASE.c.case_id == _R.c.case_id)
        query = query.join(CASE, by_case).where(CASE.c.customer_ref == chosen.customer_ref)
    if chosen.remedy is not None:
        query = query.where(_R.c.remedy == chosen.remedy)
    if after is not None:
        query = query.where(_R.c.remedy_id > after)
    return await _load(tx, query.order_by(_R.c.remedy_id).limit(limit))


async def add(tx: Transaction, remedy: Remedy) -> None:
    """Store a new remedy."""
    row = {"org_id": remedy.org, "remedy_id": remedy.remedy_id, "case_id": remedy.case_id, **_values(remedy)}
    await tx.execute(insert(REMEDY).values(row))


async def save(tx: Transaction, remedy: Remedy) -> None:
    """Store a remedy's new state."""
    values = _values(remedy)
    values |= {name: orjson.dumps(values[name]).decode() for name in _JSON}
    await tx.rows(_SAVE, (remedy.org, remedy.remedy_id, *(values[name] for name in _SAVED)))


async def add_approval(tx: Transaction, remedy: Remedy, approval: Approval) -> None:
    """Store one approval; the keys of the table refuse a role or a person twice."""
    await tx.execute(
        insert(APPROVAL).values(
            org_id=remedy.org,
            remedy_id=remedy.remedy_id,
            role=approval.role,
            subject=approval.subject,
            at=approval.at,
            exempt=None if approval.exempt is None else asdict(approval.exempt),
        )
    )


UNTIL_OVERDUE: Final = f"""
    SELECT extract(epoch FROM least(
        (SELECT expires_at FROM settlement.remedy JOIN settlement.organisation USING (org_id)
         WHERE {one_of("state", EXPIRING)} AND simulated_now IS NULL ORDER BY expires_at LIMIT 1),
        (SELECT now() WHERE EXISTS (SELECT FROM settlement.remedy JOIN settlement.organisation USING (org_id)
         WHERE {one_of("state", EXPIRING)} AND expires_at < simulated_now))
    ) - now())::float8
"""  # noqa: S608 (constants)
"""Seconds until a quote is to expire."""


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
    return select(literal_column(_DOCUMENT)).select_from(_R).where(_R.c.org_id == org)


async def _load(tx: Transaction, query: Select[Any]) -> list[Remedy]:
    return [_remedy(document) for document in (await tx.execute(query)).scalars()]


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
        "looks": {action: recorded(answers) for action, answers in remedy.looks.items()},
        "withdrawal": withdrawals.to_json(remedy.withdrawal),
    }


_JSON: Final = frozenset({"quote", "certificate", "performers", "looks", "withdrawal"})
_SAVED: Final = (
    *("remedy", "mode", "cite", "state", "version", "amount_minor", "currency", "quantity", "quote", "quote_hash"),
    *("quoted_at", "expires_at", "round", "consent", "certificate", "returned", "released", "final", "reason"),
    *("reference", "performers", "awaited", "looks", "withdrawal"),
)
_SAVE: Final = (
    f"UPDATE settlement.remedy SET {', '.join(f'{name} = ${n}' for n, name in enumerate(_SAVED, start=3))} "  # noqa: S608
    "WHERE org_id = $1::uuid AND remedy_id = $2::uuid"
)


def _remedy(document: str) -> Remedy:
    whole: dict[str, Any] = orjson.loads(document)
    row = whole["remedy"]
    plain = ("remedy_id", "remedy", "mode", "cite", "version", "round", "consent", "final", "reason", "reference")
    return Remedy(
        **{name: row[name] for name in plain},
        org=OrgId(row["org_id"]),
        case_id=CaseId(row["case_id"]),
        state=State(row["state"]),
        quote=quotes.from_json(row["quote"]),
        quoted_at=datetime.fromisoformat(row["quoted_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
        approvals=tuple(map(_approval, whole["approvals"])),
        certificate=_certificate(row["certificate"]),
        returned=Decimal(whole["returned"]),
        released=Decimal(whole["released"]),
        performers=row["performers"],
        awaited=tuple(row["awaited"]),
        looks={action: from_record(answers) for action, answers in row["looks"].items()},
        withdrawal=withdrawals.from_json(row["withdrawal"]),
    )


def _approval(stored: dict[str, Any]) -> Approval:
    exempt: dict[str, str] | None = stored.get("exempt")
    return Approval(
        role=stored["role"],
        subject=stored["subject"],
        at=datetime.fromisoformat(stored["at"]),
        exempt=None if exempt is None else Exempt(**exempt),
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
