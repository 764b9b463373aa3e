"""settlement knows of what type a case is, and who did what with a remedy."""

from alembic import op

revision = "0006_own_cases"
down_revision = "0005_erp"


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.case_view ADD COLUMN case_type TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE settlement.remedy ADD COLUMN performers JSONB NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy DROP COLUMN performers")
    op.execute("ALTER TABLE settlement.case_view DROP COLUMN case_type")
