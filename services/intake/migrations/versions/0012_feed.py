"""Published events have positions, by which the feed of changes is read."""

from alembic import op

from shared.platform.db import kernel_ddl

revision = "0012_feed"
down_revision = "0011_own_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_ddl.add_feed(op, "intake")


def downgrade() -> None:
    kernel_ddl.drop_feed(op, "intake")
