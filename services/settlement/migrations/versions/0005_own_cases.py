"""settlement knows whose case it is, so that customers answer offers on their own, and who did what with a remedy."""

from alembic import op

revision = "0005_own_cases"
down_revision = "0004_work_lists"


def upgrade() -> None:
    op.execute(
        """ALTER TABLE settlement.case_view
            ADD COLUMN case_type TEXT NOT NULL DEFAULT '', ADD COLUMN customer_ref TEXT NOT NULL DEFAULT ''"""
    )
    op.execute("ALTER TABLE settlement.remedy ADD COLUMN performers JSONB NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy DROP COLUMN performers")
    op.execute("ALTER TABLE settlement.case_view DROP COLUMN customer_ref, DROP COLUMN case_type")
