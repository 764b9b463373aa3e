"""The states of remedies that were there before are checked by the new constraint, in a transaction of its own."""

from alembic import op

revision = "0019_withdrawals_checked"
down_revision = "0018_withdrawals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy VALIDATE CONSTRAINT ck_remedy_state")


def downgrade() -> None:
    pass
