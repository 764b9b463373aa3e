"""A message of unknown outcome that is handed over once more is no task until then."""

from alembic import op

revision = "0018_outcome_unknown"
down_revision = "0017_saw_versions"


def upgrade() -> None:
    op.execute("ALTER TABLE intake.message_view ADD COLUMN repeats_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE intake.message_view DROP COLUMN repeats_at")
