"""Cases are found by their order, for looks at the remedies of one order."""

from alembic import op

revision = "0017_cases_by_order"
down_revision = "0016_looks"
branch_labels = None
depends_on = None

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS settlement.ix_case_view_order"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '60s'")
        op.execute(_DROP)
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_case_view_order ON settlement.case_view "
            "(org_id, order_ref, case_id) WHERE order_ref IS NOT NULL"
        )
        op.execute("SET lock_timeout = '2s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_DROP)
