"""Lists of remedies and payouts by state, and of the ledger by time."""

from alembic import op

revision = "0004_work_lists"
down_revision = "0003_nothing_to_pay"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_remedy_state ON settlement.remedy (org_id, state, remedy_id)")
    op.execute("CREATE INDEX ix_payout_state ON settlement.payout (org_id, state, requested_at, payout_id)")
    op.execute("CREATE INDEX ix_ledger_entry_at ON settlement.ledger_entry (org_id, at, entry_id)")


def downgrade() -> None:
    for name in ("ix_ledger_entry_at", "ix_payout_state", "ix_remedy_state"):
        op.execute(f"DROP INDEX settlement.{name}")
