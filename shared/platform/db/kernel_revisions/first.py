"""The first revision of every service: the kernel's tables as they were when it was published.

It is published: later changes of the tables are revisions of their own, for the same result on a new database and on
an old one (ADR 0073). The default partition of the archive catches rows until the daily partitions exist.
"""

from typing import Final

from alembic.operations import Operations

from shared.platform.db.kernel_revisions import partition_functions

_MADE: Final = (
    """CREATE TABLE "{schema}".outbox (
    id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    aggregatetype TEXT NOT NULL,
    aggregateid TEXT NOT NULL,
    type TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    aggregate_version BIGINT NOT NULL,
    org_id UUID NOT NULL,
    key TEXT NOT NULL,
    traceparent TEXT,
    correlation_id TEXT NOT NULL,
    shard SMALLINT NOT NULL,
    replay_of UUID,
    saw_versions TEXT DEFAULT '' NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT ck_outbox_shard CHECK (shard >= 0 AND shard < 16)
)""",
    """CREATE UNIQUE INDEX uq_outbox_shard_seq ON "{schema}".outbox (shard, seq)""",
    """CREATE TABLE "{schema}".outbox_archive (
    id UUID NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    seq BIGINT NOT NULL,
    aggregatetype TEXT NOT NULL,
    aggregateid TEXT NOT NULL,
    type TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    aggregate_version BIGINT NOT NULL,
    org_id UUID NOT NULL,
    key TEXT NOT NULL,
    traceparent TEXT,
    correlation_id TEXT NOT NULL,
    shard SMALLINT NOT NULL,
    replay_of UUID,
    saw_versions TEXT DEFAULT '' NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_outbox_archive PRIMARY KEY (id, published_at)
) PARTITION BY RANGE (published_at)""",
    """CREATE INDEX ix_outbox_archive_org_id_position ON "{schema}".outbox_archive (org_id, position)""",
    """CREATE INDEX ix_outbox_archive_org_id_topic_key ON "{schema}".outbox_archive (org_id, topic, key)""",
    """CREATE TABLE "{schema}".outbox_feed (
    one BOOLEAN DEFAULT true NOT NULL,
    head BIGINT DEFAULT 0 NOT NULL,
    floor BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_outbox_feed PRIMARY KEY (one),
    CONSTRAINT ck_outbox_feed_one CHECK (one)
)""",
    """CREATE TABLE "{schema}".inbox (
    consumer TEXT NOT NULL,
    event_id UUID NOT NULL,
    org_id UUID NOT NULL,
    topic TEXT NOT NULL,
    outcome TEXT DEFAULT 'handled' NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id),
    CONSTRAINT ck_inbox_outcome CHECK (outcome IN ('handled', 'stale', 'parked', 'dead'))
)""",
    """CREATE INDEX ix_inbox_org_id_topic ON "{schema}".inbox (org_id, topic)""",
    """CREATE INDEX ix_inbox_received_at ON "{schema}".inbox (received_at)""",
    """CREATE TABLE "{schema}".high_water (
    org_id UUID NOT NULL,
    consumer TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    previous BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_high_water PRIMARY KEY (org_id, consumer, aggregate, aggregate_id)
)""",
    """CREATE TABLE "{schema}".parked_key (
    org_id UUID NOT NULL,
    consumer TEXT NOT NULL,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT DEFAULT 'parked' NOT NULL,
    event_id UUID NOT NULL,
    code TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    parked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    retry_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_parked_key PRIMARY KEY (org_id, consumer, topic, key),
    CONSTRAINT ck_parked_key_state CHECK (state IN ('parked', 'replaying'))
)""",
    """CREATE TABLE "{schema}".parked_event (
    org_id UUID NOT NULL,
    consumer TEXT NOT NULL,
    key TEXT NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    event_id UUID NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    record_key BYTEA,
    headers JSONB NOT NULL,
    value BYTEA,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_parked_event PRIMARY KEY (org_id, consumer, topic, key, seq),
    CONSTRAINT uq_parked_event_consumer_event_id UNIQUE (consumer, event_id)
)""",
    """CREATE TABLE "{schema}".dead_letter (
    dead_letter_id UUID NOT NULL,
    org_id UUID NOT NULL,
    consumer TEXT NOT NULL,
    key TEXT NOT NULL,
    event_id UUID,
    type TEXT,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    record_offset BIGINT NOT NULL,
    record_key BYTEA,
    headers JSONB NOT NULL,
    value BYTEA,
    code TEXT NOT NULL,
    error TEXT NOT NULL,
    traceparent TEXT,
    correlation_id TEXT,
    state TEXT DEFAULT 'open' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dead_letter PRIMARY KEY (dead_letter_id),
    CONSTRAINT uq_dead_letter_record UNIQUE (consumer, topic, partition, record_offset),
    CONSTRAINT ck_dead_letter_state CHECK (state IN ('open', 'replayed', 'discarded'))
)""",
    """CREATE INDEX ix_dead_letter_org_id_state ON "{schema}".dead_letter (org_id, state)""",
    """CREATE TABLE "{schema}".idempotency (
    org_id UUID NOT NULL,
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    route TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status SMALLINT,
    body BYTEA,
    position TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (org_id, key)
)""",
    """CREATE INDEX ix_idempotency_created_at ON "{schema}".idempotency (created_at)""",
    """CREATE TABLE "{schema}".organisation (
    org_id UUID NOT NULL,
    name TEXT NOT NULL,
    simulated_now TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (org_id)
)""",
    """CREATE TABLE "{schema}".policy_version (
    org_id UUID NOT NULL,
    pack TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_from DATE NOT NULL,
    digest TEXT NOT NULL,
    sections JSONB NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_policy_version PRIMARY KEY (org_id, pack, version)
)""",
    """CREATE TABLE "{schema}".operator_audit (
    audit_id UUID NOT NULL,
    operator TEXT NOT NULL,
    action TEXT NOT NULL,
    org_id UUID NOT NULL,
    details JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_operator_audit PRIMARY KEY (audit_id)
)""",
    """CREATE TABLE "{schema}".outbox_archive_default PARTITION OF "{schema}".outbox_archive DEFAULT""",
    """INSERT INTO "{schema}".outbox_feed DEFAULT VALUES""",
)
_TABLES: Final = (
    "outbox",
    "outbox_archive",
    "outbox_feed",
    "inbox",
    "high_water",
    "parked_key",
    "parked_event",
    "dead_letter",
    "idempotency",
    "organisation",
    "policy_version",
    "operator_audit",
)
_HOT_TABLES: Final = ("outbox", "parked_event")


def upgrade(op: Operations, schema: str) -> None:
    """Create the kernel's tables in `schema`, which exists."""
    for statement in _MADE:
        op.execute(statement.format(schema=schema))
    partition_functions.upgrade(op, schema)
    for name in _HOT_TABLES:
        op.execute(
            f'ALTER TABLE "{schema}".{name} SET (autovacuum_vacuum_scale_factor = 0, '
            "autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)"
        )


def downgrade(op: Operations, schema: str) -> None:
    """Drop what `upgrade` made; partitions go with their parent."""
    partition_functions.downgrade(op, schema)
    for name in reversed(_TABLES):
        op.execute(f'DROP TABLE IF EXISTS "{schema}".{name}')
