"""Events name the versions that their producer had seen (ADR 0063). Published: see `first`."""

from typing import Final

from alembic.operations import Operations

_TABLES: Final = ("outbox", "outbox_archive")


def upgrade(op: Operations, schema: str) -> None:
    """Give events a place for what their producer had seen, where the tables were made without it."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE \"{schema}\".{table} ADD COLUMN IF NOT EXISTS saw_versions TEXT NOT NULL DEFAULT ''")


def downgrade(op: Operations, schema: str) -> None:
    """Take `upgrade` back."""
    for table in _TABLES:
        op.execute(f'ALTER TABLE "{schema}".{table} DROP COLUMN saw_versions')
