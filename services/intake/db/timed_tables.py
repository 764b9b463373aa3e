"""Tables of what the calendar brings: recurring cases, and the certificates of what was purged."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.db.tables import CASE, METADATA
from shared.db.tables import instant_column, uuid_column

RECURRENCE: Final = Table(
    "recurrence",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("recurring", Text, nullable=False),
    instant_column("since"),
    instant_column("next_at", nullable=True),
    PrimaryKeyConstraint("org_id", "pack", "recurring"),
    CheckConstraint("next_at >= since", name="next_at"),
    Index("ix_recurrence_next_at", "next_at"),
)
"""When each recurring case is opened next; everything before `since` is settled."""

RECURRING_PERIOD: Final = Table(
    "recurring_period",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("recurring", Text, nullable=False),
    Column("period", Text, nullable=False),
    instant_column("starts_at"),
    instant_column("ends_at"),
    instant_column("due_at"),
    instant_column("decided_at"),
    Column("pack_version", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    uuid_column("case_id", nullable=True),
    Column("number", Text),
    Column("code", Text),
    Column("population", Integer),
    Column("sample", JSONB),
    PrimaryKeyConstraint("org_id", "pack", "recurring", "period"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("outcome IN ('opened', 'skipped', 'refused')", name="outcome"),
    CheckConstraint("(outcome = 'opened') = (case_id IS NOT NULL AND number IS NOT NULL)", name="opened"),
    CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused"),
    CheckConstraint("(population IS NULL) = (sample IS NULL)", name="sample"),
    Index("ix_recurring_period_due_at", "org_id", "due_at", "pack", "recurring"),
)
"""What became of every period, once."""

PURGE: Final = Table(
    "purge",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("rule", Text, nullable=False),
    instant_column("kept_since"),
    instant_column("purged_at"),
    Column("purged_by", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    instant_column("files_erased_at", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    Index("uq_purge_number", "org_id", "number", unique=True),
)
"""Certificates; `files_erased_at` is set once the files are gone from the store, which follows the commit."""
