"""A payout keeps the span that asked for it, so that the calls to the ERP belong to the same trace (ADR 0070)."""

from alembic import op

revision = "0011_traceparent"
down_revision = "0010_saw_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.payout ADD COLUMN traceparent TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement.payout DROP COLUMN traceparent")
