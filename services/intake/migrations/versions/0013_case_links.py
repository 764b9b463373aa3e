"""Links to a case, and what was done with them."""

from alembic import op

revision = "0013_case_links"
down_revision = "0012_feed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.case_link (
        org_id UUID NOT NULL,
        link_id UUID NOT NULL,
        case_id UUID NOT NULL,
        holder TEXT NOT NULL,
        may TEXT[] NOT NULL,
        once TEXT[] NOT NULL,
        issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_case_link PRIMARY KEY (org_id, link_id)
    )""")
    op.execute("CREATE INDEX ix_case_link_case ON intake.case_link (org_id, case_id, link_id)")
    op.execute("""CREATE TABLE intake.case_link_use (
        org_id UUID NOT NULL,
        link_id UUID NOT NULL,
        action TEXT NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_case_link_use PRIMARY KEY (org_id, link_id, action)
    )""")
    _sources("'step', 'evidence', 'reaction', 'sla', 'settlement', 'notify', 'note', 'contact', 'link'")


def downgrade() -> None:
    op.execute("DELETE FROM intake.timeline_entry WHERE source = 'link'")
    _sources("'step', 'evidence', 'reaction', 'sla', 'settlement', 'notify', 'note', 'contact'")
    op.execute("DROP TABLE intake.case_link_use")
    op.execute("DROP TABLE intake.case_link")


def _sources(names: str) -> None:
    """Where a line of a case's history may come from."""
    op.execute("ALTER TABLE intake.timeline_entry DROP CONSTRAINT ck_timeline_entry_source")
    op.execute(f"ALTER TABLE intake.timeline_entry ADD CONSTRAINT ck_timeline_entry_source CHECK (source IN ({names}))")
