"""The case file, its parties, its history and the counters of numbers.

What never changes is guarded by triggers, what is unique by indexes, both named.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.migrations.schema import METADATA
from shared.platform.db.tables import instant_column, uuid_column

CASE_NUMBER: Final = "uq_case_file_number"

COUNTER: Final = Table(
    "counter",
    METADATA,
    uuid_column("org_id"),
    Column("series", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("org_id", "series"),
    CheckConstraint("value > 0", name="value"),
)

CASE: Final = Table(
    "case_file",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("pack_version", Integer, key="policy_version", nullable=False),
    instant_column("received_at"),
    instant_column("registered_at"),
    Column("first_responder", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("customer_ref", Text, nullable=False),
    Column("order_ref", Text),
    Column("description", Text),
    uuid_column("contact_id", nullable=True),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    instant_column("last_at"),
    Column("version", BigInteger, nullable=False),
    Column("looks", JSONB),
    Column("consulted", JSONB),
    Column("former_types", JSONB),
    Column("is_purged", Boolean, nullable=False, server_default=false()),
    instant_column("changed_at"),
    PrimaryKeyConstraint("org_id", "case_id"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("last_at >= received_at", name="order"),
    Index(CASE_NUMBER, "org_id", "number", unique=True),
    Index("ix_case_file_status", "org_id", "status", "case_id"),
    Index("ix_case_file_owner", "org_id", "owner", "case_id"),
    Index("ix_case_file_first_responder", "org_id", "first_responder", "case_id"),
    Index("ix_case_file_case_type", "org_id", "case_type", "case_id", postgresql_include=["status"]),
    Index("ix_case_file_type_status", "case_type", "status"),
    Index("ix_case_file_customer", "org_id", "customer_ref", "case_id"),
    Index("ix_case_file_order", "org_id", "order_ref", "case_id", postgresql_where=text("order_ref IS NOT NULL")),
    Index("ix_case_file_changed", "org_id", "changed_at", "case_id"),
    Index("ix_case_file_received", "org_id", "received_at"),
    Index("ix_case_file_former_types", "case_type", postgresql_where=text("former_types IS NOT NULL")),
)

PARTY: Final = Table(
    "party",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("party_id"),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("locale", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "party_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)

TIMELINE: Final = Table(
    "timeline_entry",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("entry_id"),
    instant_column("at"),
    instant_column("recorded_at"),
    Column("source", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_roles", JSONB, nullable=False),
    Column("actor_kind", Text, nullable=False, server_default=text("'staff'")),
    Column("actor_client", Text),
    Column("cite", Text),
    Column("milestone", Boolean, nullable=False),
    Column("details", JSONB, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "entry_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint(
        "source IN ('step', 'evidence', 'reaction', 'sla', 'settlement', 'notify', 'note', 'contact', 'link', "
        "'correction')",
        name="source",
    ),
    Index("ix_timeline_entry_at", "org_id", "case_id", "at", "entry_id"),
)
