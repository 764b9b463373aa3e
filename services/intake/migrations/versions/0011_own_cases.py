"""Files say whether a customer filed them."""

from alembic import op

revision = "0011_own_cases"
down_revision = "0010_tasks"


def upgrade() -> None:
    op.execute("ALTER TABLE intake.evidence ADD COLUMN by_customer BOOLEAN NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE intake.evidence DROP COLUMN by_customer")
