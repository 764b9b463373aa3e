"""Functions under which a service's role, which owns nothing, makes and drops days of the archive (ADR 0071).

No role of a service can drop a day of the archive that is younger than a week, whatever runs under it.
Published: see `first`.
"""

from typing import Final

from alembic.operations import Operations

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
    IF day > current_date - 7 THEN
        RAISE EXCEPTION 'the archive of % is younger than 7 days', day;
    END IF;
    EXECUTE format('DROP TABLE %I', 'outbox_archive_' || to_char(day, 'YYYYMMDD'));
END $$
"""


def upgrade(op: Operations, schema: str) -> None:
    """Make both functions, or make them anew."""
    op.execute(_CREATE_PARTITION.format(schema=schema))
    op.execute(_DROP_PARTITION.format(schema=schema))


def downgrade(op: Operations, schema: str) -> None:
    """Take `upgrade` back."""
    for name in ("create_archive_partition", "drop_archive_partition"):
        op.execute(f'DROP FUNCTION IF EXISTS "{schema}".{name}(date)')
