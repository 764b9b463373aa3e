"""DDL of the kernel's tables, called by each service's first revision.

The tables are made from `kernel_tables`, so that model and migration cannot differ; the archive's
default partition catches rows until the daily partitions exist.
"""

from typing import Final

from alembic.operations import Operations
from sqlalchemy import MetaData
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from shared.platform.db.tables import NAMING, KernelTables, kernel_tables

_HOT_TABLES: Final = ("outbox", "parked_event")
_CREATE_PARTITION: Final = """
CREATE OR REPLACE FUNCTION "{schema}".create_archive_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = "{schema}", pg_temp SET timezone = 'UTC' AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF outbox_archive FOR VALUES FROM (%L) TO (%L)',
        'outbox_archive_' || to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
END $$
"""
_DROP_PARTITION: Final = """
CREATE OR REPLACE FUNCTION "{schema}".drop_archive_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = "{schema}", pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF day > current_date - {least_days} THEN
        RAISE EXCEPTION 'the archive of % is younger than {least_days} days', day;
    END IF;
    EXECUTE format('DROP TABLE %I', 'outbox_archive_' || to_char(day, 'YYYYMMDD'));
END $$
"""
LEAST_ARCHIVE_DAYS: Final = 7
"""No role of a service can drop a day of the archive that is younger, whatever runs under it."""


def create(op: Operations, schema: str) -> None:
    """Create the kernel's tables in `schema`, which exists."""
    kernel = _kernel(schema)
    for table in kernel.tables():
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=_index_name):
            op.execute(CreateIndex(index))
    op.execute(f'CREATE TABLE "{schema}".outbox_archive_default PARTITION OF "{schema}".outbox_archive DEFAULT')
    op.execute(f'INSERT INTO "{schema}".outbox_feed DEFAULT VALUES')
    add_partition_functions(op, schema)
    for name in _HOT_TABLES:
        op.execute(
            f'ALTER TABLE "{schema}".{name} SET (autovacuum_vacuum_scale_factor = 0, '
            "autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)"
        )


def add_feed(op: Operations, schema: str) -> None:
    """Number the archive from now on, where `create` was run before the archive was numbered.

    Events that are in the archive already have position 0: the feed begins after them.
    """
    op.execute(f'ALTER TABLE "{schema}".outbox_archive ADD COLUMN IF NOT EXISTS position BIGINT NOT NULL DEFAULT 0')
    op.execute(
        f'CREATE INDEX IF NOT EXISTS ix_outbox_archive_org_id_position ON "{schema}".outbox_archive (org_id, position)'
    )
    op.execute(
        f'CREATE TABLE IF NOT EXISTS "{schema}".outbox_feed (one BOOLEAN NOT NULL DEFAULT true, '
        "head BIGINT NOT NULL DEFAULT 0, floor BIGINT NOT NULL DEFAULT 0, "
        "CONSTRAINT pk_outbox_feed PRIMARY KEY (one), CONSTRAINT ck_outbox_feed_one CHECK (one))"
    )
    op.execute(f'INSERT INTO "{schema}".outbox_feed DEFAULT VALUES ON CONFLICT DO NOTHING')  # noqa: S608 (a constant)


def drop_feed(op: Operations, schema: str) -> None:
    """Take `add_feed` back."""
    op.execute(f'DROP TABLE "{schema}".outbox_feed')
    op.execute(f'ALTER TABLE "{schema}".outbox_archive DROP COLUMN position')


def add_saw_versions(op: Operations, schema: str) -> None:
    """Give events a place for what their producer had seen, where `create` was run before they had one."""
    for table in ("outbox", "outbox_archive"):
        op.execute(f"ALTER TABLE \"{schema}\".{table} ADD COLUMN IF NOT EXISTS saw_versions TEXT NOT NULL DEFAULT ''")


def drop_saw_versions(op: Operations, schema: str) -> None:
    """Take `add_saw_versions` back."""
    for table in ("outbox", "outbox_archive"):
        op.execute(f'ALTER TABLE "{schema}".{table} DROP COLUMN saw_versions')


def add_partition_functions(op: Operations, schema: str) -> None:
    """Functions under which a service's role, which owns nothing, makes and drops days of the archive."""
    op.execute(_CREATE_PARTITION.format(schema=schema))
    op.execute(_DROP_PARTITION.format(schema=schema, least_days=LEAST_ARCHIVE_DAYS))


def drop_partition_functions(op: Operations, schema: str) -> None:
    """Take `add_partition_functions` back."""
    for name in ("create_archive_partition", "drop_archive_partition"):
        op.execute(f'DROP FUNCTION IF EXISTS "{schema}".{name}(date)')


def drop(op: Operations, schema: str) -> None:
    """Drop what `create` made; partitions go with their parent."""
    drop_partition_functions(op, schema)
    for table in reversed(_kernel(schema).tables()):
        op.execute(DropTable(table, if_exists=True))


def is_partition(name: str | None) -> bool:
    """Whether a table is a partition of the archive, which no model mentions."""
    return name is not None and name.startswith("outbox_archive_")


def _kernel(schema: str) -> KernelTables:
    return kernel_tables(MetaData(schema=schema, naming_convention=NAMING))


def _index_name(index: object) -> str:
    return str(getattr(index, "name", ""))
