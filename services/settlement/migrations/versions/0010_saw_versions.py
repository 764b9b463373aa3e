"""Published events say which versions of their neighbours' aggregates the producer had seen."""

from alembic import op

from shared.platform.db.kernel_revisions import saw_versions

revision = "0010_saw_versions"
down_revision = "0009_awaited_roles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    saw_versions.upgrade(op, "settlement")


def downgrade() -> None:
    saw_versions.downgrade(op, "settlement")
