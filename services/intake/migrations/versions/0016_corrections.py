"""Corrections of what is known about a customer, in the history of the case."""

from alembic import op

revision = "0016_corrections"
down_revision = "0015_months_in_search"

_BEFORE = "'step', 'evidence', 'reaction', 'sla', 'settlement', 'notify', 'note', 'contact', 'link'"


def upgrade() -> None:
    _sources(f"{_BEFORE}, 'correction'")


def downgrade() -> None:
    op.execute("DELETE FROM intake.timeline_entry WHERE source = 'correction'")
    _sources(_BEFORE)


def _sources(names: str) -> None:
    """Where a line of history may come from."""
    op.execute("ALTER TABLE intake.timeline_entry DROP CONSTRAINT ck_timeline_entry_source")
    op.execute(f"ALTER TABLE intake.timeline_entry ADD CONSTRAINT ck_timeline_entry_source CHECK (source IN ({names}))")
