"""Table `movement`: each return and each release of goods."""

from dataclasses import asdict
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    insert,
)

from services.settlement.migrations.schema import METADATA
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.store.tables import REMEDY
from services.settlement.replacements.rules import Movement
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

MOVEMENT: Final = Table(
    "movement",
    METADATA,
    uuid_column("org_id"),
    uuid_column("movement_id"),
    uuid_column("remedy_id"),
    Column("kind", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("subject", Text, nullable=False),
    instant_column("at"),
    PrimaryKeyConstraint("org_id", "movement_id"),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
    CheckConstraint("kind IN ('return', 'release')", name="kind"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_movement_remedy", "org_id", "remedy_id"),
)


async def add(tx: Transaction, remedy: Remedy, movement: Movement) -> None:
    """Store one return or release."""
    row = {"org_id": remedy.org, "remedy_id": remedy.remedy_id, **asdict(movement)}
    await tx.execute(insert(MOVEMENT).values(row))
