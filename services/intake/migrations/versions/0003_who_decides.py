"""The case page says who has to decide: approvals of a remedy that are missing, an extension that is asked for."""

from alembic import op

revision = "0003_who_decides"
down_revision = "0002_intake"


def upgrade() -> None:
    op.execute("ALTER TABLE intake.remedy_view ADD COLUMN missing_approvals JSONB NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE intake.clock_view ADD COLUMN pending_extension JSONB")


def downgrade() -> None:
    op.execute("ALTER TABLE intake.clock_view DROP COLUMN pending_extension")
    op.execute("ALTER TABLE intake.remedy_view DROP COLUMN missing_approvals")
