"""The samples that every service takes: its queues, its schema, and the database server."""

from typing import Final

from shared.platform.db.transaction import Transaction
from shared.platform.observability import metrics
from shared.platform.outbox import relay
from shared.platform.sampling import Sample

_PARKED: Final = """
    SELECT (SELECT count(*) FROM dead_letter WHERE state = 'open'), count(*),
        coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8
    FROM parked_key
"""
_SCHEMA: Final = """
    SELECT coalesce(sum(n_live_tup), 0)::float8, coalesce(sum(n_dead_tup), 0)::float8,
        (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8 FROM pg_stat_activity
         WHERE usename = current_user AND pid <> pg_backend_pid())
    FROM pg_stat_user_tables WHERE schemaname = current_schema()
"""
_DATABASE: Final = """
    SELECT sum(numbackends)::float8, current_setting('max_connections')::float8,
        pg_database_size(current_database())::float8
    FROM pg_stat_database
"""


async def queues(tx: Transaction) -> None:
    """What waits to be published, and what could not be handled."""
    pending, age = await relay.pending(tx)
    metrics.OUTBOX_PENDING.set(pending)
    metrics.OUTBOX_OLDEST_AGE.set(age)
    [(dead_letters, parked, parked_age)] = await tx.rows(_PARKED)
    metrics.DEAD_LETTERS.set(dead_letters)
    metrics.PARKED_KEYS.set(parked)
    metrics.PARKED_OLDEST_AGE.set(parked_age)


async def schema(tx: Transaction) -> None:
    """What PostgreSQL's statistics say of the service's tables and transactions."""
    [(live, dead, oldest)] = await tx.rows(_SCHEMA)
    metrics.DB_ROWS.labels(state="live").set(live)
    metrics.DB_ROWS.labels(state="dead").set(dead)
    metrics.DB_OLDEST_TRANSACTION.set(oldest)


async def database(tx: Transaction) -> None:
    """What is true of the database server: the services share it."""
    [(connections, most, size)] = await tx.rows(_DATABASE)
    metrics.DB_CONNECTIONS.set(connections)
    metrics.DB_CONNECTIONS_MAX.set(most)
    metrics.DB_SIZE.set(size)


PLATFORM_SAMPLES: Final = (
    Sample(gauges=metrics.QUEUES, measure=queues, every_seconds=5.0),
    Sample(gauges=metrics.SCHEMA, measure=schema),
    Sample(gauges=metrics.DATABASE, measure=database),
)
