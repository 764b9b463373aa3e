"""An approval keeps the exception to four eyes under which it was given."""

from alembic import op

revision = "0015_own_approvals"
down_revision = "0014_lost_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.approval ADD COLUMN exempt JSONB")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement.approval DROP COLUMN exempt")
