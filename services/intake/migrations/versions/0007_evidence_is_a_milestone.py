"""`evidence.added` is a milestone of the case: entries that were written before count as well.

The history is append-only for the service; only this change of its meaning is exempt.
"""

from alembic import op

revision = "0007_evidence_is_a_milestone"
down_revision = "0006_remedy_figures"


def upgrade() -> None:
    _set(milestone="true")


def downgrade() -> None:
    _set(milestone="false")


def _set(*, milestone: str) -> None:
    op.execute("ALTER TABLE intake.timeline_entry DISABLE TRIGGER append_only")
    op.execute(f"UPDATE intake.timeline_entry SET milestone = {milestone} WHERE source = 'evidence'")
    op.execute("ALTER TABLE intake.timeline_entry ENABLE TRIGGER append_only")
