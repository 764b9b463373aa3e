"""Clocks that have not ended are counted by case type and due instant, from indexes alone."""

from alembic import op

revision = "0013_counted"
down_revision = "0012_traceparent"
branch_labels = None
depends_on = None

_OPEN = "status IN ('undated', 'running', 'paused')"
_UNIQUE = "CREATE UNIQUE INDEX uq_clock_open ON sla.clock (org_id, case_id, rule)"


def upgrade() -> None:
    op.execute("DROP INDEX sla.uq_clock_open")
    op.execute(f"{_UNIQUE} INCLUDE (status, due_at) WHERE {_OPEN}")
    op.execute("CREATE INDEX ix_case_view_case_type ON sla.case_view (org_id, case_id) INCLUDE (case_type)")


def downgrade() -> None:
    op.execute("DROP INDEX sla.ix_case_view_case_type")
    op.execute("DROP INDEX sla.uq_clock_open")
    op.execute(f"{_UNIQUE} WHERE {_OPEN}")
