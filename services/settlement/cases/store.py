"""Tables `case_view` and `touched`. Every decision about the money of a case is made under the lock of its row."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Row, Table, Text, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.settlement.cases.rules import Case, CaseUnknown, Document
from services.settlement.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import forget_customer_in_events

CASE: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False, server_default=text("''")),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("customer_ref", Text, nullable=False),
    Column("order_ref", Text),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    Column("documents", JSONB, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    Index("ix_case_view_customer", "org_id", "customer_ref", "case_id"),
)

TOUCHED: Final = Table(
    "touched",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("subject", Text, nullable=False),
    instant_column("first_at"),
    PrimaryKeyConstraint("org_id", "case_id", "subject"),
)


async def add(tx: Transaction, case: Case) -> None:
    """Store a case that is not known yet; a known one stays as it is."""
    row = {"org_id": case.org, "case_id": case.case_id, **_values(case)}
    await tx.execute(insert(CASE).values(row).on_conflict_do_nothing())


async def get(tx: Transaction, *, org: OrgId, case_id: str, lock: bool = False) -> Case:
    """The case, with `lock` its row locked until the transaction ends. Raises CaseUnknown."""
    query = select(CASE).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise CaseUnknown
    return _case(row)


async def get_many(tx: Transaction, *, org: OrgId, case_ids: Collection[str]) -> dict[str, Case]:
    """Those of the cases that are known, by id."""
    if not case_ids:
        return {}
    found = await tx.execute(select(CASE).where(CASE.c.org_id == org, CASE.c.case_id.in_(case_ids)))
    return {row.case_id: _case(row) for row in found}


async def save(tx: Transaction, case: Case) -> None:
    """Replace what is known of a case."""
    await tx.execute(
        update(CASE).where(CASE.c.org_id == case.org, CASE.c.case_id == case.case_id).values(_values(case))
    )


async def forget_customer(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase the references to the customer and the order of a purged case, also from events."""
    nothing = {"customer_ref": "", "order_ref": None}
    await tx.execute(update(CASE).where(CASE.c.org_id == org, CASE.c.case_id == case_id).values(**nothing))
    await forget_customer_in_events(tx, org=org, case_id=case_id)


async def touch(tx: Transaction, *, org: OrgId, case_id: str, subject: str, at: datetime) -> None:
    """Remember that `subject` has touched the case; the earliest instant counts."""
    row = insert(TOUCHED).values(org_id=org, case_id=case_id, subject=subject, first_at=at)
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=[TOUCHED.c.org_id, TOUCHED.c.case_id, TOUCHED.c.subject],
            set_={"first_at": func.least(TOUCHED.c.first_at, row.excluded.first_at)},
        )
    )


async def touched_by(tx: Transaction, *, org: OrgId, case_id: str) -> dict[str, datetime]:
    """Subjects who touched the case, each with the first instant."""
    rows = await tx.execute(
        select(TOUCHED.c.subject, TOUCHED.c.first_at).where(TOUCHED.c.org_id == org, TOUCHED.c.case_id == case_id)
    )
    return {row.subject: row.first_at for row in rows}


def _values(case: Case) -> dict[str, object]:
    return {
        "number": case.number,
        "case_type": case.case_type,
        "customer_ref": case.customer_ref,
        "pack": case.pack,
        "policy_version": case.policy_version,
        "order_ref": case.order_ref,
        "facts": dict(case.facts),
        "milestones": list(case.milestones),
        "documents": [
            {
                "document_id": document.document_id,
                "template": document.template,
                "number": document.number,
                "state": document.state,
                "fields": dict(document.fields),
                "signed_by": list(document.signed_by),
            }
            for document in case.documents
        ],
    }


def _case(row: Row[tuple[object, ...]]) -> Case:
    documents = [Document(**{**stored, "signed_by": tuple(stored["signed_by"])}) for stored in row.documents]
    return Case(
        org=OrgId(row.org_id),
        case_id=CaseId(row.case_id),
        number=row.number,
        case_type=row.case_type,
        customer_ref=row.customer_ref,
        pack=row.pack,
        policy_version=row.policy_version,
        order_ref=row.order_ref,
        facts=row.facts,
        milestones=tuple(row.milestones),
        documents=tuple(documents),
    )
