"""The kernel's tables."""

from alembic import op

from shared.platform.db.kernel_revisions import first

revision = "0001_kernel"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    first.upgrade(op, "notify")


def downgrade() -> None:
    first.downgrade(op, "notify")
