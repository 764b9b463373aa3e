"""The tables that every service has in its own schema.

Every key starts with the organisation where one is known; events that name none carry `NO_ORG`.
`outbox` keeps the column names of Debezium's event router, so change-data capture stays a switch.
"""

from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.kernel.ids import OrgId

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SHARDS: Final = 16
NO_ORG: Final = OrgId("00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTables:
    """The kernel's tables of one service; `schema` is also the service's name."""

    schema: str
    outbox: Table
    outbox_archive: Table
    outbox_feed: Table
    inbox: Table
    high_water: Table
    parked_key: Table
    parked_event: Table
    dead_letter: Table
    idempotency: Table
    organisation: Table
    policy_version: Table
    operator_audit: Table

    def tables(self) -> tuple[Table, ...]:
        """All of them, in the order in which they are created."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, Table))


def kernel_tables(metadata: MetaData) -> KernelTables:
    """Attach the kernel's tables to a service's metadata, whose schema names the service."""
    if metadata.schema is None:
        raise ValueError("the service's MetaData needs a schema")
    return KernelTables(
        schema=str(metadata.schema),
        outbox=_outbox(metadata),
        outbox_archive=_outbox_archive(metadata),
        outbox_feed=_outbox_feed(metadata),
        inbox=_inbox(metadata),
        high_water=_high_water(metadata),
        parked_key=_parked_key(metadata),
        parked_event=_parked_event(metadata),
        dead_letter=_dead_letter(metadata),
        idempotency=_idempotency(metadata),
        organisation=_organisation(metadata),
        policy_version=_policy_version(metadata),
        operator_audit=_operator_audit(metadata),
    )


def is_partition(name: str | None) -> bool:
    """Whether a table is a partition of the archive, which no model mentions."""
    return name is not None and name.startswith("outbox_archive_")


def uuid_column(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """A `uuid` column whose Python value is text, as all ids here are."""
    return Column(name, Uuid(as_uuid=False), primary_key=primary_key, nullable=nullable)


def instant_column(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    """An aware instant; `now` makes the transaction's time the default."""
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None)


def _event_columns() -> list[Column[object]]:
    return [
        Column("aggregatetype", Text, nullable=False),
        Column("aggregateid", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("payload", Text, nullable=False),
        Column("aggregate_version", BigInteger, nullable=False),
        Column("org_id", Uuid(as_uuid=False), nullable=False),
        Column("key", Text, nullable=False),
        Column("traceparent", Text),
        Column("correlation_id", Text, nullable=False),
        Column("shard", SmallInteger, nullable=False),
        Column("replay_of", Uuid(as_uuid=False)),
        Column("saw_versions", Text, nullable=False, server_default=text("''")),
        instant_column("occurred_at"),
        instant_column("created_at", now=True),
    ]


def _outbox(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        uuid_column("id", primary_key=True),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        *_event_columns(),
        Index("uq_outbox_shard_seq", "shard", "seq", unique=True),
        CheckConstraint(f"shard >= 0 AND shard < {SHARDS}", name="shard"),
    )


def _outbox_archive(metadata: MetaData) -> Table:
    return Table(
        "outbox_archive",
        metadata,
        uuid_column("id", primary_key=True),
        Column("published_at", DateTime(timezone=True), primary_key=True, server_default=func.now()),
        Column("seq", BigInteger, nullable=False),
        *_event_columns(),
        Column("position", BigInteger, nullable=False, server_default=text("0")),
        Index("ix_outbox_archive_org_id_topic_key", "org_id", "topic", "key"),
        Index("ix_outbox_archive_org_id_position", "org_id", "position"),
        postgresql_partition_by="RANGE (published_at)",
    )


def _outbox_feed(metadata: MetaData) -> Table:
    """One row: `head` is the newest position in the archive, `floor` the newest that was dropped from it."""
    return Table(
        "outbox_feed",
        metadata,
        Column("one", Boolean, primary_key=True, server_default=text("true")),
        Column("head", BigInteger, nullable=False, server_default=text("0")),
        Column("floor", BigInteger, nullable=False, server_default=text("0")),
        CheckConstraint("one", name="one"),
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        uuid_column("event_id", primary_key=True),
        Column("org_id", Uuid(as_uuid=False), nullable=False),
        Column("topic", Text, nullable=False),
        Column("outcome", Text, nullable=False, server_default=text("'handled'")),
        instant_column("received_at", now=True),
        Index("ix_inbox_org_id_topic", "org_id", "topic"),
        Index("ix_inbox_received_at", "received_at"),
        CheckConstraint("outcome IN ('handled', 'stale', 'parked', 'dead')", name="outcome"),
    )


def _high_water(metadata: MetaData) -> Table:
    return Table(
        "high_water",
        metadata,
        uuid_column("org_id", primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("aggregate", Text, primary_key=True),
        Column("aggregate_id", Text, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("previous", BigInteger, nullable=False, server_default=text("0")),
    )


def _parked_key(metadata: MetaData) -> Table:
    return Table(
        "parked_key",
        metadata,
        uuid_column("org_id", primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("topic", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("state", Text, nullable=False, server_default=text("'parked'")),
        uuid_column("event_id"),
        Column("code", Text, nullable=False),
        Column("error", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        instant_column("parked_at", now=True),
        instant_column("retry_at", nullable=True),
        CheckConstraint("state IN ('parked', 'replaying')", name="state"),
    )


def _parked_event(metadata: MetaData) -> Table:
    return Table(
        "parked_event",
        metadata,
        uuid_column("org_id"),
        Column("consumer", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        uuid_column("event_id"),
        *_record_columns(),
        instant_column("received_at", now=True),
        PrimaryKeyConstraint("org_id", "consumer", "topic", "key", "seq"),
        UniqueConstraint("consumer", "event_id", name="uq_parked_event_consumer_event_id"),
    )


def _record_columns() -> list[Column[object]]:
    return [
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("record_offset", BigInteger, nullable=False),
        Column("record_key", LargeBinary),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary),
    ]


def _dead_letter(metadata: MetaData) -> Table:
    return Table(
        "dead_letter",
        metadata,
        uuid_column("dead_letter_id", primary_key=True),
        Column("org_id", Uuid(as_uuid=False), nullable=False),
        Column("consumer", Text, nullable=False),
        Column("key", Text, nullable=False),
        uuid_column("event_id", nullable=True),
        Column("type", Text),
        *_record_columns(),
        Column("code", Text, nullable=False),
        Column("error", Text, nullable=False),
        Column("traceparent", Text),
        Column("correlation_id", Text),
        Column("state", Text, nullable=False, server_default=text("'open'")),
        instant_column("created_at", now=True),
        instant_column("closed_at", nullable=True),
        UniqueConstraint("consumer", "topic", "partition", "record_offset", name="uq_dead_letter_record"),
        Index("ix_dead_letter_org_id_state", "org_id", "state"),
        CheckConstraint("state IN ('open', 'replayed', 'discarded')", name="state"),
    )


def _idempotency(metadata: MetaData) -> Table:
    return Table(
        "idempotency",
        metadata,
        uuid_column("org_id", primary_key=True),
        Column("key", Text, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("route", Text, nullable=False),
        Column("request_hash", Text, nullable=False),
        Column("status", SmallInteger),
        Column("body", LargeBinary),
        Column("position", Text, nullable=False),
        instant_column("created_at", now=True),
        Index("ix_idempotency_created_at", "created_at"),
    )


def _organisation(metadata: MetaData) -> Table:
    return Table(
        "organisation",
        metadata,
        uuid_column("org_id", primary_key=True),
        Column("name", Text, nullable=False),
        instant_column("simulated_now", nullable=True),
        instant_column("created_at", now=True),
    )


def _policy_version(metadata: MetaData) -> Table:
    return Table(
        "policy_version",
        metadata,
        uuid_column("org_id", primary_key=True),
        Column("pack", Text, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("effective_from", Date, nullable=False),
        Column("digest", Text, nullable=False),
        Column("sections", JSONB, nullable=False),
        instant_column("published_at", now=True),
    )


def _operator_audit(metadata: MetaData) -> Table:
    return Table(
        "operator_audit",
        metadata,
        uuid_column("audit_id", primary_key=True),
        Column("operator", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("org_id", Uuid(as_uuid=False), nullable=False),
        Column("details", JSONB, nullable=False),
        instant_column("at", now=True),
    )
