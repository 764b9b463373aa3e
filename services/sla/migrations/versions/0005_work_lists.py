"""Lists of clocks by state, due instant and owner of the case, and of extensions by state."""

from alembic import op

revision = "0005_work_lists"
down_revision = "0004_figures"


def upgrade() -> None:
    op.execute("ALTER TABLE sla.case_view ADD COLUMN owner TEXT NOT NULL DEFAULT ''")
    op.execute("DROP INDEX sla.ix_clock_org_id_due_at")
    op.execute(
        "CREATE INDEX ix_clock_state ON sla.clock "
        "(org_id, status, coalesce(due_at, '2199-12-31 00:00:00+00'::timestamptz), clock_id)"
    )
    op.execute("CREATE INDEX ix_extension_state ON sla.extension (org_id, state, extension_id)")


def downgrade() -> None:
    op.execute("DROP INDEX sla.ix_extension_state")
    op.execute("DROP INDEX sla.ix_clock_state")
    op.execute(
        "CREATE INDEX ix_clock_org_id_due_at ON sla.clock (org_id, due_at, clock_id) WHERE status = 'running'"
    )
    op.execute("ALTER TABLE sla.case_view DROP COLUMN owner")
