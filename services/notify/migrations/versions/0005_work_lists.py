"""Lists of messages that were given up or skipped."""

from alembic import op

revision = "0005_work_lists"
down_revision = "0004_delivery"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_message_ended ON notify.message (org_id, state, message_id) "
        "WHERE state IN ('failed', 'skipped')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX notify.ix_message_ended")
