"""Published events have positions (ADR 0054). Published: see `first`."""

from alembic.operations import Operations


def upgrade(op: Operations, schema: str) -> None:
    """Number the archive from now on, where it was made before it was numbered.

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


def downgrade(op: Operations, schema: str) -> None:
    """Take `upgrade` back."""
    op.execute(f'DROP TABLE "{schema}".outbox_feed')
    op.execute(f'ALTER TABLE "{schema}".outbox_archive DROP COLUMN position')
