"""Schema `intake`. What never changes is guarded by triggers, what is unique by indexes, both named.

`clock_view`, `remedy_view` and `message_view` are copies of what the other services published; each
row keeps the version of the last event that it shows.
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
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.db.timed_tables import timed_tables
from services.intake.db.view_tables import view_tables
from shared.platform.db.tables import NAMING, instant_column, kernel_tables, uuid_column

METADATA: Final = MetaData(schema="intake", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)
TIMED: Final = timed_tables(METADATA)
VIEWS: Final = view_tables(METADATA)

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

CONTACT: Final = Table(
    "contact",
    METADATA,
    uuid_column("org_id"),
    uuid_column("contact_id"),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("caller", JSONB, nullable=False),
    Column("summary", Text),
    Column("fields", JSONB, nullable=False),
    Column("pack", Text, nullable=False),
    Column("pack_version", Integer, nullable=False),
    instant_column("received_at"),
    Column("received_by", Text, nullable=False),
    uuid_column("case_id", nullable=True),
    PrimaryKeyConstraint("org_id", "contact_id"),
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
    Column("pack_version", Integer, nullable=False),
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
    Column("is_purged", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("org_id", "case_id"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("last_at >= received_at", name="order"),
    Index(CASE_NUMBER, "org_id", "number", unique=True),
    Index("ix_case_file_status", "org_id", "status", "case_id"),
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

DOCUMENT: Final = Table(
    "document",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("document_id"),
    Column("template", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("signatures", JSONB, nullable=False),
    instant_column("drafted_at"),
    instant_column("final_at", nullable=True),
    Column("sha256", Text),
    uuid_column("corrects", nullable=True),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "case_id", "document_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("state IN ('draft', 'signing', 'final', 'superseded')", name="state"),
    CheckConstraint("state <> 'final' OR (sha256 IS NOT NULL AND final_at IS NOT NULL)", name="final"),
    CheckConstraint("revision > 0", name="revision"),
    Index("uq_document_number", "org_id", "number", "revision", unique=True),
    Index(
        "uq_document_live",
        "org_id",
        "case_id",
        "template",
        unique=True,
        postgresql_where=text("state <> 'superseded'"),
    ),
)

RECORD: Final = Table(
    "record",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("record_id"),
    Column("kind", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    instant_column("at"),
    Column("recorded_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "record_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)

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

EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("evidence_id"),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("filename", Text),
    instant_column("added_at"),
    Column("added_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "evidence_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("size > 0", name="size"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    Index("uq_evidence_content", "org_id", "case_id", "kind", "sha256", unique=True),
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
    Column("cite", Text),
    Column("milestone", Boolean, nullable=False),
    Column("details", JSONB, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "entry_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("source IN ('step', 'evidence', 'reaction', 'sla', 'settlement', 'notify')", name="source"),
    Index("ix_timeline_entry_at", "org_id", "case_id", "at", "entry_id"),
)

_ENDS: Final = ("child_id", "parent_id", "root_id")
LINK: Final = Table(
    "link",
    METADATA,
    *(uuid_column(name) for name in ("org_id", *_ENDS)),
    Column("relation", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "child_id"),
    *(ForeignKeyConstraint(["org_id", end], [CASE.c.org_id, CASE.c.case_id]) for end in _ENDS),
    CheckConstraint("child_id <> parent_id AND child_id <> root_id", name="ends"),
    Index("ix_link_parent", "org_id", "parent_id", "child_id"),
)

ARCHIVE: Final = Table(
    "archive",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    instant_column("archived_at"),
    Column("archived_by", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)
