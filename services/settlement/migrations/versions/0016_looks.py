"""A remedy keeps what looks at other remedies answered when it was decided on."""

from alembic import op

revision = "0016_looks"
down_revision = "0015_own_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy ADD COLUMN looks JSONB NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy DROP COLUMN looks")
