"""The service's role owns nothing: days of the archive are made and dropped by functions of the owner."""

from alembic import op

from shared.platform.db.kernel_revisions import partition_functions

revision = "0013_partition_functions"
down_revision = "0012_traceparent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    partition_functions.upgrade(op, "notify")


def downgrade() -> None:
    partition_functions.downgrade(op, "notify")
