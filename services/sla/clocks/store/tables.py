"""The tables of clocks with their targets, breaches and alarms. Constraints refuse impossible states."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.sla.migrations.schema import METADATA
from shared.platform.db.tables import instant_column, uuid_column

OPEN: Final = "status IN ('undated', 'running', 'paused')"
UQ_OPEN_CLOCK: Final = "uq_clock_open"
UNDATED_TEXT: Final = "2199-12-31 00:00:00+00"
UNDATED: Final = datetime(2199, 12, 31, tzinfo=UTC)
"""Where a clock without a due instant stands in lists: behind all others."""

CLOCK: Final = Table(
    "clock",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("clock_id", primary_key=True),
    uuid_column("case_id"),
    Column("rule", Text, nullable=False),
    Column("start_seq", Integer, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("cite", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("calendars", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    instant_column("started_at"),
    instant_column("stopped_at", nullable=True),
    Column("stopped_by", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("gen", Integer, nullable=False),
    Column("goal", Text),
    Column("target_cite", Text),
    instant_column("due_at", nullable=True),
    instant_column("original_due_at", nullable=True),
    Column("warn_at", ARRAY(DateTime(timezone=True)), nullable=False),
    instant_column("target_set_at", nullable=True),
    Column("why", Text),
    uuid_column("extension_id", nullable=True),
    Column("stated", Text),
    instant_column("granted_due_at", nullable=True),
    Column("pauses", JSONB, nullable=False),
    ForeignKeyConstraint(["org_id", "case_id"], ["sla.case_view.org_id", "sla.case_view.case_id"]),
    CheckConstraint("status IN ('undated', 'running', 'paused', 'met', 'missed', 'cancelled')", name="status"),
    CheckConstraint("severity IN ('breach', 'warning')", name="severity"),
    CheckConstraint("why IN ('start', 'retarget', 'resume', 'extension')", name="why"),
    CheckConstraint("status NOT IN ('running', 'paused', 'missed') OR gen > 0", name="dated"),
    CheckConstraint(
        "(gen = 0) = (due_at IS NULL) AND (gen = 0) = (original_due_at IS NULL) AND (gen = 0) = (goal IS NULL) "
        "AND (gen = 0) = (target_cite IS NULL) AND (gen = 0) = (target_set_at IS NULL) AND (gen = 0) = (why IS NULL)",
        name="target",
    ),
    CheckConstraint("due_at >= original_due_at", name="due_at"),
    CheckConstraint(f"({OPEN}) = (stopped_at IS NULL)", name="stopped_at"),
    Index("ix_clock_org_id_case_id", "org_id", "case_id"),
    Index(
        UQ_OPEN_CLOCK,
        *("org_id", "case_id", "rule"),
        unique=True,
        postgresql_include=["status", "due_at"],
        postgresql_where=text(OPEN),
    ),
    Index("ix_clock_state", "org_id", "status", text(f"coalesce(due_at, '{UNDATED_TEXT}'::timestamptz)"), "clock_id"),
    Index("ix_clock_undated", "org_id", "clock_id", postgresql_where=text("status = 'undated'")),
)

DUE: Final[ColumnElement[datetime]] = func.coalesce(CLOCK.c.due_at, text(f"'{UNDATED_TEXT}'::timestamptz"))
"""The order of lists, as the index `ix_clock_state` has it."""

_CLOCK_KEY: Final = (["org_id", "clock_id"], ["sla.clock.org_id", "sla.clock.clock_id"])

TARGET: Final = Table(
    "target",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("clock_id", primary_key=True),
    Column("gen", Integer, primary_key=True),
    Column("goal", Text, nullable=False),
    Column("cite", Text, nullable=False),
    instant_column("due_at"),
    instant_column("original_due_at"),
    instant_column("set_at"),
    Column("why", Text, nullable=False),
    uuid_column("extension_id", nullable=True),
    Column("stated", Text),
    ForeignKeyConstraint(*_CLOCK_KEY),
    CheckConstraint("why IN ('start', 'retarget', 'resume', 'extension')", name="why"),
)

BREACH: Final = Table(
    "breach",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("clock_id", primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    instant_column("breached_at"),
    Column("mark", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("marked_by", Text, nullable=False),
    instant_column("recorded_at", now=True),
    ForeignKeyConstraint(*_CLOCK_KEY),
    CheckConstraint(
        "mark IN ('standing', 'superseded', 'withdrawn', 'extended_late', 'reported_late', 'excused')", name="mark"
    ),
    CheckConstraint("breached_at > due_at", name="breached_at"),
)

ALARM: Final = Table(
    "timer",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("timer_id", primary_key=True),
    uuid_column("clock_id"),
    Column("kind", Text, nullable=False),
    Column("gen", Integer, nullable=False),
    instant_column("due_at"),
    Column("simulated", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    instant_column("fired_at", nullable=True),
    Column("traceparent", Text),
    ForeignKeyConstraint(*_CLOCK_KEY),
    CheckConstraint("kind IN ('warning', 'breach')", name="kind"),
    CheckConstraint("state IN ('open', 'fired', 'cancelled', 'overtaken')", name="state"),
    CheckConstraint("(state = 'fired') = (fired_at IS NOT NULL)", name="fired_at"),
    Index("ix_timer_due", "due_at", postgresql_where=text("state = 'open' AND NOT simulated")),
    Index("ix_timer_simulated_due", "org_id", "due_at", postgresql_where=text("state = 'open' AND simulated")),
    Index("ix_timer_clock", "org_id", "clock_id", postgresql_where=text("state = 'open'")),
)
