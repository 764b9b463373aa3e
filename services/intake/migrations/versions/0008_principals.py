"""A line of history says what kind of principal acted, and through which machine."""

from alembic import op

revision = "0008_principals"
down_revision = "0007_evidence_is_a_milestone"


def upgrade() -> None:
    op.execute(
        """ALTER TABLE intake.timeline_entry
            ADD COLUMN actor_kind TEXT NOT NULL DEFAULT 'staff', ADD COLUMN actor_client TEXT"""
    )


def downgrade() -> None:
    op.execute("ALTER TABLE intake.timeline_entry DROP COLUMN actor_client, DROP COLUMN actor_kind")
