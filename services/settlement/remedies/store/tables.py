"""Schema `settlement`. What must never happen twice is a unique index, what must never be is a CHECK or a trigger."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.settlement.domain.payout import PayoutState
from services.settlement.domain.state import EXPIRING, State
from shared.platform.db.tables import NAMING, instant_column, kernel_tables, uuid_column

METADATA: Final = MetaData(schema="settlement", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)

ONE_PAYOUT_PER_REMEDY: Final = "uq_payout_remedy"
ONE_PAYOUT_PER_BASIS: Final = "uq_payout_basis"
ONE_ENTRY_PER_KEY: Final = "uq_ledger_entry_business_key"
_LARGEST: Final = 10**15


def _one_of(column: str, names: object) -> str:
    return f"{column} IN ({', '.join(repr(str(name)) for name in names)})"  # type: ignore[attr-defined]


CASE: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    Column("documents", JSONB, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
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
    Column("reference", Text),
    PrimaryKeyConstraint("org_id", "remedy_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint(_one_of("state", State), name="state"),
    CheckConstraint("mode IN ('money', 'replacement')", name="mode"),
    CheckConstraint(f"amount_minor BETWEEN 0 AND {_LARGEST}", name="amount"),
    CheckConstraint("(mode = 'replacement') = (quantity IS NOT NULL)", name="quantity"),
    CheckConstraint("0 <= released AND released <= returned AND returned <= coalesce(quantity, 0)", name="goods"),
    Index("ix_remedy_case", "org_id", "case_id", "remedy_id"),
    Index("ix_remedy_expiring", "expires_at", postgresql_where=text(_one_of("state", EXPIRING))),
)

APPROVAL: Final = Table(
    "approval",
    METADATA,
    uuid_column("org_id"),
    uuid_column("remedy_id"),
    Column("role", Text, nullable=False),
    Column("subject", Text, nullable=False),
    instant_column("at"),
    PrimaryKeyConstraint("org_id", "remedy_id", "role"),
    UniqueConstraint("org_id", "remedy_id", "subject", name="uq_approval_subject"),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
)

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

PAYOUT: Final = Table(
    "payout",
    METADATA,
    uuid_column("org_id"),
    uuid_column("payout_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    uuid_column("basis_id"),
    Column("request", JSONB, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    instant_column("requested_at"),
    instant_column("next_at"),
    instant_column("leased_until", nullable=True),
    Column("reference", Text),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "payout_id"),
    UniqueConstraint("org_id", "remedy_id", name=ONE_PAYOUT_PER_REMEDY),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
    CheckConstraint(_one_of("state", PayoutState), name="state"),
    CheckConstraint(f"amount_minor BETWEEN 1 AND {_LARGEST}", name="amount"),
    Index(ONE_PAYOUT_PER_BASIS, "org_id", "basis_id", unique=True, postgresql_where=text("state <> 'failed'")),
    Index("ix_payout_open", "next_at", postgresql_where=text("state IN ('to_send', 'unknown', 'quarantined')")),
)

ENTRY: Final = Table(
    "ledger_entry",
    METADATA,
    uuid_column("org_id"),
    uuid_column("entry_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    Column("business_key", Text, nullable=False),
    instant_column("at"),
    PrimaryKeyConstraint("org_id", "entry_id"),
    UniqueConstraint("org_id", "business_key", name=ONE_ENTRY_PER_KEY),
    Index("ix_ledger_entry_case", "org_id", "case_id"),
)

POSTING: Final = Table(
    "ledger_posting",
    METADATA,
    uuid_column("org_id"),
    uuid_column("entry_id"),
    Column("line", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cite", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "entry_id", "line"),
    ForeignKeyConstraint(["org_id", "entry_id"], [ENTRY.c.org_id, ENTRY.c.entry_id]),
    CheckConstraint("amount_minor <> 0", name="amount"),
)
