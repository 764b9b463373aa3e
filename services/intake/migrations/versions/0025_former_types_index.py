"""Cases that have changed their type are counted from an index of their own."""

from alembic import op

revision = "0025_former_types_index"
down_revision = "0024_former_types"
branch_labels = None
depends_on = None

_DROP = "DROP INDEX CONCURRENTLY IF EXISTS intake.ix_case_file_former_types"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '60s'")
        op.execute(_DROP)
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_case_file_former_types "
            "ON intake.case_file (case_type) WHERE former_types IS NOT NULL"
        )
        op.execute("SET lock_timeout = '2s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_DROP)
