"""The service's role owns nothing: days of the archive are made and dropped by functions of the owner."""

from alembic import op

from shared.platform.db.kernel_revisions import partition_functions

revision = "0014_partition_functions"
down_revision = "0013_counted"
branch_labels = None
depends_on = None


def upgrade() -> None:
    partition_functions.upgrade(op, "sla")


def downgrade() -> None:
    partition_functions.downgrade(op, "sla")
