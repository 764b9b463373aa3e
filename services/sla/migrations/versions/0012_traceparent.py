"""An alarm keeps the span that armed it, so that its firing belongs to the same trace (ADR 0070)."""

from alembic import op

revision = "0012_traceparent"
down_revision = "0011_overtaken_warnings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.timer ADD COLUMN traceparent TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.timer DROP COLUMN traceparent")
