"""Tables `remedy` and `approval`. Keys refuse a role or person approving twice, a CHECK refuses released > returned."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.settlement.cases.store import CASE
from services.settlement.migrations.schema import METADATA, one_of
from services.settlement.remedies.rules.states import EXPIRING, State
from shared.kernel.money import LARGEST_MINOR
from shared.platform.db.tables import instant_column, uuid_column

REMEDY: Final = Table(
    "remedy",
    METADATA,
    uuid_column("org_id"),
    uuid_column("remedy_id"),
    uuid_column("case_id"),
    Column("remedy", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("cite", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("quantity", Numeric),
    Column("quote", JSONB, nullable=False),
    Column("quote_hash", Text, nullable=False),
    instant_column("quoted_at"),
    instant_column("expires_at"),
    Column("round", Integer),
    Column("consent", Boolean),
    Column("certificate", JSONB),
    Column("returned", Numeric, nullable=False),
    Column("released", Numeric, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("reason", Text),
    Column("performers", JSONB, nullable=False, server_default=text("'{}'")),
    Column("reference", Text),
    Column("awaited", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("looks", JSONB, nullable=False, server_default=text("'{}'")),
    Column("withdrawal", JSONB),
    PrimaryKeyConstraint("org_id", "remedy_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint(one_of("state", State), name="state"),
    CheckConstraint("mode IN ('money', 'replacement')", name="mode"),
    CheckConstraint(f"amount_minor BETWEEN 0 AND {LARGEST_MINOR}", name="amount"),
    CheckConstraint("(mode = 'replacement') = (quantity IS NOT NULL)", name="quantity"),
    CheckConstraint("0 <= released AND released <= returned AND returned <= coalesce(quantity, 0)", name="goods"),
    Index("ix_remedy_state", "org_id", "state", "remedy_id"),
    Index(
        "ix_remedy_case",
        *("org_id", "case_id", "remedy_id"),
        postgresql_include=["state", "currency", "amount_minor"],
    ),
    Index("ix_remedy_expiring", "expires_at", postgresql_where=text(one_of("state", EXPIRING))),
)

APPROVAL: Final = Table(
    "approval",
    METADATA,
    uuid_column("org_id"),
    uuid_column("remedy_id"),
    Column("role", Text, nullable=False),
    Column("subject", Text, nullable=False),
    instant_column("at"),
    Column("exempt", JSONB(none_as_null=True)),
    PrimaryKeyConstraint("org_id", "remedy_id", "role"),
    UniqueConstraint("org_id", "remedy_id", "subject", name="uq_approval_subject"),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
)
