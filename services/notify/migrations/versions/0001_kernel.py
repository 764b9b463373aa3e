"""The kernel's tables."""

from alembic import op

from shared.platform.db import kernel_ddl

revision = "0001_kernel"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_ddl.create(op, "notify")


def downgrade() -> None:
    kernel_ddl.drop(op, "notify")
