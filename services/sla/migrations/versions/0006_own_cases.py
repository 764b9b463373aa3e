"""sla knows whose case it is, so that the customer sees what was promised."""

from alembic import op

revision = "0006_own_cases"
down_revision = "0005_work_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.case_view ADD COLUMN customer_ref TEXT NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.case_view DROP COLUMN customer_ref")
