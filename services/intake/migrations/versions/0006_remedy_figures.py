"""The case page and papers know what a remedy says beside its amount: what the carrier bears, what the customer pays."""

from alembic import op

revision = "0006_remedy_figures"
down_revision = "0005_recurring_retention"


def upgrade() -> None:
    op.execute("ALTER TABLE intake.remedy_view ADD COLUMN figures JSONB NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    op.execute("ALTER TABLE intake.remedy_view DROP COLUMN figures")
