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


def create(op: Operations, schema: str) -> None:
    """Create the kernel's tables in `schema`, which exists."""
    kernel = _kernel(schema)
    for table in kernel.tables():
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=_index_name):
            op.execute(CreateIndex(index))
    op.execute(f'CREATE TABLE "{schema}".outbox_archive_default PARTITION OF "{schema}".outbox_archive DEFAULT')
    for name in _HOT_TABLES:
        op.execute(
            f'ALTER TABLE "{schema}".{name} SET (autovacuum_vacuum_scale_factor = 0, '
            "autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)"
        )


def drop(op: Operations, schema: str) -> None:
    """Drop what `create` made; partitions go with their parent."""
    for table in reversed(_kernel(schema).tables()):
        op.execute(DropTable(table))


def is_partition(name: str | None) -> bool:
    """Whether a table is a partition of the archive, which no model mentions."""
    return name is not None and name.startswith("outbox_archive_")


def _kernel(schema: str) -> KernelTables:
    return kernel_tables(MetaData(schema=schema, naming_convention=NAMING))


def _index_name(index: object) -> str:
    return str(getattr(index, "name", ""))
