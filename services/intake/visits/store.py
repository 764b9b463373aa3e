"""Visits of a case; row and dataclass are mapped here."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.cases.rules.case import Case
from services.intake.cases.store.cases import case_key, instant_of, instant_or_none
from services.intake.cases.store.tables import CASE
from services.intake.migrations.schema import METADATA
from services.intake.visits.rules import Visit
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

VISIT: Final = Table(
    "visit",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("visit_id"),
    Column("state", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    instant_column("dispatched_at"),
    instant_column("arrived_at", nullable=True),
    instant_column("completed_at", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id", "visit_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("state IN ('dispatched', 'arrived', 'completed')", name="state"),
    CheckConstraint("arrived_at IS NULL OR arrived_at >= dispatched_at", name="arrival"),
    CheckConstraint("completed_at IS NULL OR completed_at >= arrived_at", name="completion"),
    Index("uq_visit_open", "org_id", "case_id", unique=True, postgresql_where=text("state <> 'completed'")),
)


async def save_visit(tx: Transaction, visit: Visit, *, case: Case) -> None:
    """Insert the visit or write its new state."""
    values: dict[str, Any] = {
        "state": visit.state,
        "fields": dict(visit.fields),
        "arrived_at": visit.arrived_at,
        "completed_at": visit.completed_at,
    }
    statement = insert(VISIT).values(
        **case_key(case), **values, visit_id=visit.visit_id, dispatched_at=visit.dispatched_at
    )
    key = [VISIT.c.org_id, VISIT.c.case_id, VISIT.c.visit_id]
    await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


def visit_of(item: Mapping[str, Any]) -> Visit:
    return Visit(
        visit_id=item["visit_id"],
        state=item["state"],
        fields=item["fields"],
        dispatched_at=instant_of(item["dispatched_at"]),
        arrived_at=instant_or_none(item["arrived_at"]),
        completed_at=instant_or_none(item["completed_at"]),
    )
