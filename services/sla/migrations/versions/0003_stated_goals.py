"""The instant or date that a case states, beside the target made from it."""

from alembic import op

revision = "0003_stated_goals"
down_revision = "0002_clocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.clock ADD COLUMN stated TEXT")
    op.execute("ALTER TABLE sla.target ADD COLUMN stated TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.target DROP COLUMN stated")
    op.execute("ALTER TABLE sla.clock DROP COLUMN stated")
