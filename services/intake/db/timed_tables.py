"""Tables of what the calendar brings: recurring cases, and the certificates of what was purged."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.platform.db.tables import instant_column, uuid_column

_OF_CASE: Final = (["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTables:
    """When each recurring case is due next, what became of every period, and the certificates of purges."""

    recurrence: Table
    recurring_period: Table
    purge: Table


def timed_tables(metadata: MetaData) -> TimedTables:
    """Attach them to intake's metadata."""
    return TimedTables(
        recurrence=_recurrence(metadata), recurring_period=_recurring_period(metadata), purge=_purge(metadata)
    )


def _recurrence(metadata: MetaData) -> Table:
    """Everything before `since` is settled."""
    return Table(
        "recurrence",
        metadata,
        uuid_column("org_id"),
        Column("pack", Text, nullable=False),
        Column("recurring", Text, nullable=False),
        instant_column("since"),
        instant_column("next_at", nullable=True),
        PrimaryKeyConstraint("org_id", "pack", "recurring"),
        CheckConstraint("next_at >= since", name="next_at"),
        Index("ix_recurrence_next_at", "next_at"),
    )


def _recurring_period(metadata: MetaData) -> Table:
    return Table(
        "recurring_period",
        metadata,
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
        ForeignKeyConstraint(*_OF_CASE),
        CheckConstraint("outcome IN ('opened', 'skipped', 'refused')", name="outcome"),
        CheckConstraint("(outcome = 'opened') = (case_id IS NOT NULL AND number IS NOT NULL)", name="opened"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused"),
        CheckConstraint("(population IS NULL) = (sample IS NULL)", name="sample"),
    )


def _purge(metadata: MetaData) -> Table:
    """`files_erased_at` is set once the files are gone from the store, which follows the commit."""
    return Table(
        "purge",
        metadata,
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
        ForeignKeyConstraint(*_OF_CASE),
        Index("uq_purge_number", "org_id", "number", unique=True),
    )
