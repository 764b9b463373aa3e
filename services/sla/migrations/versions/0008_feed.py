"""Published events have positions, by which the feed of changes is read."""

from alembic import op

from shared.platform.db.kernel_revisions import feed

revision = "0008_feed"
down_revision = "0007_order_of_case"
branch_labels = None
depends_on = None


def upgrade() -> None:
    feed.upgrade(op, "sla")


def downgrade() -> None:
    feed.downgrade(op, "sla")
