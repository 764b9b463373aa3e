"""What each case contributes to each indicator of its pack."""

from alembic import op

revision = "0004_figures"
down_revision = "0003_stated_goals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE sla.figure (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        indicator TEXT NOT NULL,
        case_id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        counts BOOLEAN NOT NULL,
        days INTEGER,
        due_at TIMESTAMP WITH TIME ZONE,
        done_at TIMESTAMP WITH TIME ZONE,
        done BOOLEAN NOT NULL,
        undated BOOLEAN NOT NULL,
        groups TEXT[] NOT NULL,
        CONSTRAINT pk_figure PRIMARY KEY (org_id, pack, indicator, case_id),
        CONSTRAINT fk_figure_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES sla.case_view (org_id, case_id),
        CONSTRAINT ck_figure_undated CHECK (NOT undated OR (due_at IS NULL AND NOT done)),
        CONSTRAINT ck_figure_done CHECK (NOT done OR (done_at IS NOT NULL AND (due_at IS NULL OR done_at <= due_at)))
    )""")
    op.execute("CREATE INDEX ix_figure_case ON sla.figure (org_id, case_id)")
    op.execute(
        """CREATE INDEX ix_figure_period ON sla.figure (org_id, pack, indicator, at, case_id) INCLUDE (days, done, undated)
        WHERE counts"""
    )
    op.execute("CREATE INDEX ix_figure_undated ON sla.figure (org_id, case_id) WHERE undated")


def downgrade() -> None:
    op.execute("DROP TABLE sla.figure")
