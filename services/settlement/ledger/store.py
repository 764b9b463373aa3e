"""Rows of `ledger_entry` and `ledger_posting`: added together, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from services.settlement.db.tables import ENTRY, ONE_ENTRY_PER_KEY, POSTING
from services.settlement.domain.errors import PayoutRequestedAlready
from services.settlement.domain.ledger import Line
from services.settlement.domain.remedy import Remedy
from shared.kernel.ids import OrgId, new_id
from shared.kernel.money import Money
from shared.platform.db.transaction import Transaction, integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """One posting as it stands in the ledger."""

    entry_id: str
    remedy_id: str
    business_key: str
    at: datetime
    line: Line


async def book(tx: Transaction, remedy: Remedy, lines: Sequence[Line], *, at: datetime) -> None:
    """Add the one entry of a remedy's execution; a second one is impossible."""
    if not lines:
        return
    entry_id = new_id()
    with integrity({ONE_ENTRY_PER_KEY: PayoutRequestedAlready}):
        await tx.execute(
            insert(ENTRY).values(
                org_id=remedy.org,
                entry_id=entry_id,
                case_id=remedy.case_id,
                remedy_id=remedy.remedy_id,
                business_key=f"remedy:{remedy.remedy_id}:executed",
                at=at,
            )
        )
    rows = [
        {
            "org_id": remedy.org,
            "entry_id": entry_id,
            "line": number,
            "account": line.account,
            "amount_minor": line.amount.minor,
            "currency": line.amount.currency,
            "cite": line.cite,
        }
        for number, line in enumerate(lines, start=1)
    ]
    await tx.execute(insert(POSTING), rows)


async def of_case(tx: Transaction, org: OrgId, case_id: str) -> list[Booked]:
    """All postings of a case, oldest entry first."""
    both = (ENTRY.c.org_id == POSTING.c.org_id) & (ENTRY.c.entry_id == POSTING.c.entry_id)
    query = (
        select(ENTRY, POSTING.c.account, POSTING.c.amount_minor, POSTING.c.currency, POSTING.c.cite)
        .join(POSTING, both)
        .where(ENTRY.c.org_id == org, ENTRY.c.case_id == case_id)
        .order_by(ENTRY.c.entry_id, POSTING.c.line)
    )
    return [
        Booked(
            entry_id=row.entry_id,
            remedy_id=row.remedy_id,
            business_key=row.business_key,
            at=row.at,
            line=Line(account=row.account, amount=Money(minor=row.amount_minor, currency=row.currency), cite=row.cite),
        )
        for row in await tx.execute(query)
    ]
