"""Notify's own tables. `message` is both the intent to send and its log; `attempt` is one row per try.

A message exists once per identity (`uq_message_identity`), which is what makes double sending impossible
however often an event arrives. Personal data lives in `party`, and in `message` as address and words.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.notify.migrations.schema import METADATA
from shared.platform.db.tables import instant_column, uuid_column

OUTCOME_UNKNOWN: Final = "unknown_attempts > 0 AND state IN ('outcome_unknown', 'sending')"
"""What is shown as of unknown outcome, also while it is repeated."""
_WAITING: Final = "state = 'queued' AND delivery <> 'provider'"

MESSAGE: Final = Table(
    "message",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("message_id", primary_key=True),
    Column("case_id", Uuid(as_uuid=False), nullable=False),
    Column("occasion", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("endpoint_id", Text, nullable=False),
    Column("on_event", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("locale", Text, nullable=False),
    Column("cite", Text, nullable=False),
    Column("fallback", ARRAY(Text), nullable=False),
    Column("address", Text),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sender_name", Text, nullable=False),
    Column("sender_email", Text, nullable=False),
    Column("is_rechecked", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    instant_column("created_at"),
    Column("due_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("lease_token", Uuid(as_uuid=False)),
    Column("leased_until", DateTime(timezone=True)),
    Column("attempted_at", DateTime(timezone=True)),
    Column("handler", Text),
    Column("tries_before", SmallInteger, nullable=False, server_default=text("0")),
    Column("unknown_attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("traceparent", Text),
    UniqueConstraint(
        "org_id", "case_id", "occasion", "rule", "recipient", "channel", "step", "endpoint_id",
        name="uq_message_identity",
    ),
    Index(
        "ix_message_due", "channel", "due_at",
        postgresql_where=text("state IN ('queued', 'outcome_unknown') AND NOT is_simulated"),
    ),
    Index(
        "ix_message_due_simulated", "org_id", "channel", "due_at",
        postgresql_where=text("state IN ('queued', 'outcome_unknown') AND is_simulated"),
    ),
    Index("ix_message_waiting", "due_at", postgresql_where=text(f"{_WAITING} AND NOT is_simulated")),
    Index("ix_message_waiting_simulated", "org_id", "due_at", postgresql_where=text(f"{_WAITING} AND is_simulated")),
    Index("ix_message_leased", "channel", "leased_until", postgresql_where=text("state = 'sending'")),
    Index("ix_message_open", "org_id", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_message_outcome_unknown", "org_id", "message_id", postgresql_where=text(OUTCOME_UNKNOWN)),
    Index(
        "ix_message_inbox", "org_id", "address", "message_id",
        postgresql_where=text("delivery = 'inbox' AND state = 'sent'"),
    ),
    Index(
        "ix_message_endpoint", "org_id", "endpoint_id", "message_id",
        postgresql_where=text("endpoint_id <> ''"),
    ),
    Index("ix_message_ended", "org_id", "state", "message_id", postgresql_where=text("state IN ('failed', 'skipped')")),
    Index("ix_message_to_do", "org_id", "message_id", postgresql_where=text("state = 'to_do'")),
    CheckConstraint("delivery IN ('provider', 'inbox', 'by_hand')", name="delivery"),
    CheckConstraint(
        "state IN ('queued', 'sending', 'to_do', 'outcome_unknown', 'sent', 'skipped', 'failed')", name="state"
    ),
    CheckConstraint("state <> 'to_do' OR delivery = 'by_hand'", name="to_do"),
    CheckConstraint("(delivery = 'by_hand') = (handler IS NOT NULL)", name="handler"),
    CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="lease"),
    CheckConstraint("(lease_token IS NULL) = (leased_until IS NULL)", name="lease_whole"),
    CheckConstraint(
        "state = 'outcome_unknown' OR (state IN ('queued', 'sending')) = (due_at IS NOT NULL)", name="due_at"
    ),
    CheckConstraint(
        "state = 'outcome_unknown' OR (state IN ('sent', 'skipped', 'failed')) = (ended_at IS NOT NULL)",
        name="ended_at",
    ),
    CheckConstraint(
        "state <> 'outcome_unknown' OR (unknown_attempts > 0 AND (due_at IS NULL) = (ended_at IS NOT NULL))",
        name="outcome_unknown",
    ),
    CheckConstraint("(state IN ('skipped', 'failed', 'outcome_unknown')) <= (reason IS NOT NULL)", name="reason"),
    CheckConstraint(
        "address IS NOT NULL OR handler IS NOT NULL OR state IN ('sent', 'skipped', 'failed')", name="address"
    ),
    Index(
        "ix_message_not_delivered", "org_id", "endpoint_id", "message_id",
        postgresql_where=text("endpoint_id <> '' AND state IN ('failed', 'skipped', 'outcome_unknown')"),
    ),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("unknown_attempts >= 0", name="unknown_attempts"),
)  # fmt: skip

ATTEMPT: Final = Table(
    "attempt",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("message_id", primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    instant_column("started_at"),
    Column("ended_at", DateTime(timezone=True)),
    Column("verdict", Text, nullable=False),
    Column("code", Integer),
    Column("reason", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("subject", Text),
    Column("note", Text),
    ForeignKeyConstraint(
        ["org_id", "message_id"], ["notify.message.org_id", "notify.message.message_id"], ondelete="CASCADE"
    ),
    CheckConstraint("verdict IN ('delivered', 'temporary', 'permanent', 'gone', 'unknown')", name="verdict"),
)
