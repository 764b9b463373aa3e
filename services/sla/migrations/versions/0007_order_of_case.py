"""sla knows the order that a case is about, and names it in its events."""

from alembic import op

revision = "0007_order_of_case"
down_revision = "0006_own_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.case_view ADD COLUMN order_ref TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.case_view DROP COLUMN order_ref")
