"""Table `lost_payment`: payments that were asked for after the state to which the database was restored.

`redress recover` finds them in Kafka. The next payout of the remedy takes the key over, so that the ERP is asked about
the payment before anything is sent. Where the remedy is lost too, the next one of its kind in the case takes it.
"""

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text

from services.settlement.migrations.schema import METADATA
from services.settlement.remedies.rules.remedy import Remedy
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

LOST_PAYMENT: Final = Table(
    "lost_payment",
    METADATA,
    uuid_column("org_id"),
    uuid_column("payout_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    Column("remedy", Text, nullable=False),
    instant_column("found_at", now=True),
    PrimaryKeyConstraint("org_id", "payout_id"),
    Index("ix_lost_payment_case", "org_id", "case_id"),
)
_OF_REMEDY: Final = """
    FROM lost_payment AS lost
    WHERE org_id = $1::uuid AND case_id = $2::uuid AND (remedy_id = $3::uuid OR remedy = $4 AND NOT EXISTS (
        SELECT FROM remedy WHERE remedy.org_id = lost.org_id AND remedy.remedy_id = lost.remedy_id))
"""
_TAKE: Final = f"""
    DELETE FROM lost_payment WHERE (org_id, payout_id) = (
        SELECT org_id, payout_id {_OF_REMEDY} ORDER BY remedy_id <> $3::uuid, payout_id LIMIT 1)
    RETURNING payout_id::text
"""  # noqa: S608 (constants)
_IS_THERE: Final = f"SELECT EXISTS (SELECT {_OF_REMEDY})"


async def take(tx: Transaction, remedy: Remedy) -> str | None:
    """The key of a lost payment that this remedy's payout may be, and forget that it was lost; None when there is none.

    The caller has locked the case.
    """
    found = await tx.rows(_TAKE, (remedy.org, remedy.case_id, remedy.remedy_id, remedy.remedy))
    return found[0][0] if found else None


async def may_be_paid(tx: Transaction, remedy: Remedy) -> bool:
    """Whether a lost payment may be that of this remedy; the caller has locked the case."""
    found = await tx.rows(_IS_THERE, (remedy.org, remedy.case_id, remedy.remedy_id, remedy.remedy))
    return bool(found[0][0])
