"""Remedies are counted by case type, state and currency, and payouts that are not executed by state, from indexes alone."""

from alembic import op

revision = "0012_counted"
down_revision = "0011_traceparent"
branch_labels = None
depends_on = None

_REMEDIES = "CREATE INDEX ix_remedy_case ON settlement.remedy (org_id, case_id, remedy_id)"


def upgrade() -> None:
    op.execute("DROP INDEX settlement.ix_remedy_case")
    op.execute(f"{_REMEDIES} INCLUDE (state, currency, amount_minor)")
    op.execute("CREATE INDEX ix_case_view_case_type ON settlement.case_view (org_id, case_id) INCLUDE (case_type)")
    op.execute(
        "CREATE INDEX ix_payout_not_executed ON settlement.payout (state, requested_at) WHERE state <> 'executed'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX settlement.ix_payout_not_executed")
    op.execute("DROP INDEX settlement.ix_case_view_case_type")
    op.execute("DROP INDEX settlement.ix_remedy_case")
    op.execute(_REMEDIES)
