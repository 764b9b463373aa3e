"""What a correction writes: the references of the case, its customer's row, and what is searched."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from services.intake.cases.rules.party import Party, searched_of
from services.intake.cases.store.tables import CASE, PARTY
from services.intake.corrections.rules import Corrected
from services.intake.looks.store import write_keys
from services.intake.search.rules import words
from services.intake.search.store import save_words
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_FIELDS: Final = ("party_id", "role", "name", "email", "phone", "locale")


async def parties_of(tx: Transaction, *, org: OrgId, case_id: CaseId) -> list[Party]:
    """The parties of the locked case, in the order in which they were recorded."""
    query = select(*(PARTY.c[name] for name in _FIELDS)).where(PARTY.c.org_id == org, PARTY.c.case_id == case_id)
    return [Party(**row) for row in (await tx.execute(query.order_by(PARTY.c.party_id))).mappings()]


async def save_correction(tx: Transaction, corrected: Corrected, *, parties: list[Party], now: datetime) -> None:
    """Write the locked case as it is `now`; its version is one above the stored one."""
    case, customer = corrected.case, corrected.customer
    mine = (CASE.c.org_id == case.org, CASE.c.case_id == case.case_id, CASE.c.version == case.version - 1)
    new = {"customer_ref": case.customer_ref, "order_ref": case.order_ref, "version": case.version, "changed_at": now}
    if (await tx.execute(update(CASE).where(*mine).values(**new))).rowcount != 1:
        raise RuntimeError(f"case {case.case_id} was changed without its lock")
    await write_keys(tx, org=case.org, case_id=case.case_id)
    if customer is not None and corrected.party_changed:
        row = (PARTY.c.org_id == case.org, PARTY.c.case_id == case.case_id, PARTY.c.party_id == customer.party_id)
        await tx.execute(
            update(PARTY).where(*row).values(name=customer.name, email=customer.email, phone=customer.phone)
        )
    others = [customer if customer and party.party_id == customer.party_id else party for party in parties]
    await save_words(tx, words(searched_of(case, others)), org=case.org, case_id=case.case_id)
