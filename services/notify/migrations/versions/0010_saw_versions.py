"""Published events say which versions of their neighbours' aggregates the producer had seen."""

from alembic import op

from shared.platform.db.kernel_revisions import saw_versions

revision = "0010_saw_versions"
down_revision = "0009_told_after_failing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    saw_versions.upgrade(op, "notify")


def downgrade() -> None:
    saw_versions.downgrade(op, "notify")
