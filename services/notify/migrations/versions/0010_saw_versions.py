"""Published events say which versions of their neighbours' aggregates the producer had seen."""

from alembic import op

from shared.platform.db import kernel_ddl

revision = "0010_saw_versions"
down_revision = "0009_told_after_failing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_ddl.add_saw_versions(op, "notify")


def downgrade() -> None:
    kernel_ddl.drop_saw_versions(op, "notify")
