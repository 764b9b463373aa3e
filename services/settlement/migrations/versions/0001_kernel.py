"""Outbox, inbox and the other tables that every service has."""

from alembic import op

from shared.platform.db.kernel_revisions import first

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    first.upgrade(op, "settlement")


def downgrade() -> None:
    first.downgrade(op, "settlement")
