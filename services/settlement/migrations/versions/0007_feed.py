"""Published events have positions, by which the feed of changes is read."""

from alembic import op

from shared.platform.db.kernel_revisions import feed

revision = "0007_feed"
down_revision = "0006_own_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    feed.upgrade(op, "settlement")


def downgrade() -> None:
    feed.downgrade(op, "settlement")
