"""A remedy knows which roles it waits for; remedies are listed by customer."""

from alembic import op

revision = "0009_awaited_roles"
down_revision = "0008_case_links"


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy ADD COLUMN awaited TEXT[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE INDEX ix_case_view_customer ON settlement.case_view (org_id, customer_ref, case_id)")


def downgrade() -> None:
    op.execute("DROP INDEX settlement.ix_case_view_customer")
    op.execute("ALTER TABLE settlement.remedy DROP COLUMN awaited")
