"""Whether a purged case has files left is asked all the time."""

from alembic import op

revision = "0019_files_left"
down_revision = "0018_outcome_unknown"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_purge_files_left ON intake.purge (purged_at) WHERE files_erased_at IS NULL")


def downgrade() -> None:
    op.execute("DROP INDEX intake.ix_purge_files_left")
