"""A figure may have an amount, which the indicators of sums add up."""

from alembic import op

revision = "0016_amounts"
down_revision = "0015_former_types"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.figure ADD COLUMN amount NUMERIC(27, 9)")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.figure DROP COLUMN amount")
