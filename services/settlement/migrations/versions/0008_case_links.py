"""Links to a case, and what was done with them."""

from alembic import op

revision = "0008_case_links"
down_revision = "0007_feed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE settlement.case_link (
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
    op.execute("CREATE INDEX ix_case_link_case ON settlement.case_link (org_id, case_id, link_id)")
    op.execute("""CREATE TABLE settlement.case_link_use (
        org_id UUID NOT NULL,
        link_id UUID NOT NULL,
        action TEXT NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_case_link_use PRIMARY KEY (org_id, link_id, action)
    )""")


def downgrade() -> None:
    op.execute("DROP TABLE settlement.case_link_use")
    op.execute("DROP TABLE settlement.case_link")
