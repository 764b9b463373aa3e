"""Bookings on balances."""

from alembic import op

revision = "0029_balances"
down_revision = "0028_standing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.balance_entry (
        org_id UUID NOT NULL,
        entry_id UUID NOT NULL,
        pack TEXT NOT NULL,
        balance TEXT NOT NULL,
        key TEXT NOT NULL,
        counts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        amount NUMERIC(27, 9) NOT NULL,
        reverses BOOLEAN NOT NULL,
        case_id UUID NOT NULL,
        step TEXT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_balance_entry PRIMARY KEY (org_id, entry_id),
        CONSTRAINT fk_balance_entry_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE INDEX ix_balance_entry_key
        ON intake.balance_entry (org_id, pack, balance, key, counts_at) INCLUDE (amount)""")
    op.execute("CREATE INDEX ix_balance_entry_case ON intake.balance_entry (org_id, case_id)")


def downgrade() -> None:
    op.execute("DROP TABLE intake.balance_entry")
