"""A message keeps the span that planned it, so that its sending belongs to the same trace (ADR 0070)."""

from alembic import op

revision = "0012_traceparent"
down_revision = "0011_outcome_unknown"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notify.message ADD COLUMN traceparent TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE notify.message DROP COLUMN traceparent")
