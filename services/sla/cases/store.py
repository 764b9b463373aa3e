"""The table `case_view`: what sla knows of a case, one row per case."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Integer, Row, Select, Table, Text, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.sla.cases.rules import Case, CaseNotHereYet, Reached
from services.sla.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import forget_customer_in_events

CASE_VIEW: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("case_id", primary_key=True),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("customer_ref", Text, nullable=False, server_default=text("''")),
    Column("order_ref", Text),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
)


async def add(tx: Transaction, case: Case) -> None:
    """Add the case; one that is known already stays as it is."""
    await tx.execute(insert(CASE_VIEW).values(_values(case)).on_conflict_do_nothing())


async def get(tx: Transaction, *, org: OrgId, case_id: CaseId, lock: bool = False) -> Case:
    """The case; locked, its events are handled one after the other. Raises CaseNotHereYet."""
    query = _one(org, case_id)
    found = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise CaseNotHereYet
    return _case(found)


async def find(tx: Transaction, *, org: OrgId, case_id: str) -> Case | None:
    """The case, or None when absent or another organisation's."""
    found = (await tx.execute(_one(org, case_id))).one_or_none()
    return _case(found) if found is not None else None


async def save(tx: Transaction, case: Case) -> None:
    """Store facts and milestones."""
    values = _values(case)
    statement = update(CASE_VIEW).where(CASE_VIEW.c.org_id == case.org, CASE_VIEW.c.case_id == case.case_id)
    await tx.execute(statement.values({name: values[name] for name in ("facts", "milestones", "seq", "owner")}))


async def save_owner(tx: Transaction, case: Case) -> None:
    """Store who owns the case."""
    statement = update(CASE_VIEW).where(CASE_VIEW.c.org_id == case.org, CASE_VIEW.c.case_id == case.case_id)
    await tx.execute(statement.values(owner=case.owner))


async def save_references(tx: Transaction, *, org: OrgId, case_id: str, customer: str, order: str | None) -> None:
    """Store by what the customer's systems know the case. Raises CaseNotHereYet."""
    statement = update(CASE_VIEW).where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    if (await tx.execute(statement.values(customer_ref=customer, order_ref=order))).rowcount != 1:
        raise CaseNotHereYet


async def forget_customer(tx: Transaction, *, org: OrgId, case_id: CaseId) -> None:
    """Erase the reference to the customer of a purged case, also from events."""
    statement = update(CASE_VIEW).where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    await tx.execute(statement.values(customer_ref="", order_ref=None))
    await forget_customer_in_events(tx, org=org, case_id=case_id)


def _one(org: OrgId, case_id: str) -> Select[Any]:
    return select(CASE_VIEW).where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)


def _values(case: Case) -> dict[str, object]:
    return {
        "org_id": case.org,
        "case_id": case.case_id,
        "number": case.number,
        "case_type": case.case_type,
        "channel": case.channel,
        "customer_ref": case.customer_ref,
        "order_ref": case.order_ref,
        "pack": case.pack,
        "policy_version": case.policy_version,
        "facts": dict(case.facts),
        "milestones": {name: [one.at.isoformat(), one.seq] for name, one in case.milestones.items()},
        "seq": case.seq,
        "owner": case.owner,
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        org=OrgId(row.org_id),
        case_id=CaseId(row.case_id),
        number=row.number,
        case_type=row.case_type,
        channel=row.channel,
        customer_ref=row.customer_ref,
        order_ref=row.order_ref,
        pack=row.pack,
        policy_version=row.policy_version,
        facts=row.facts,
        milestones={
            name: Reached(at=datetime.fromisoformat(at), seq=seq) for name, (at, seq) in row.milestones.items()
        },
        seq=row.seq,
        owner=row.owner,
    )
