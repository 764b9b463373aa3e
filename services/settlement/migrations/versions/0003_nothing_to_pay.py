"""A remedy in money may come to nothing; a payout of nothing stays impossible (`ck_payout_amount`)."""

from alembic import op

revision = "0003_nothing_to_pay"
down_revision = "0002_settlement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy DROP CONSTRAINT ck_remedy_money")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE settlement.remedy ADD CONSTRAINT ck_remedy_money "
        "CHECK (mode = 'replacement' OR amount_minor > 0) NOT VALID"
    )
