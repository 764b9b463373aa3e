"""Outbox, inbox and the other tables that every service has."""

from alembic import op

from shared.platform.db import kernel_ddl

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    kernel_ddl.create(op, "intake")


def downgrade() -> None:
    kernel_ddl.drop(op, "intake")
