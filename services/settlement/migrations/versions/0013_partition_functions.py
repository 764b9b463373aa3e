"""The service's role owns nothing: days of the archive are made and dropped by functions of the owner."""

from alembic import op

from shared.platform.db import kernel_ddl

revision = "0013_partition_functions"
down_revision = "0012_counted"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_ddl.add_partition_functions(op, "settlement")


def downgrade() -> None:
    kernel_ddl.drop_partition_functions(op, "settlement")
