"""One row for each open task of a case; notes and further contacts in its history."""

from alembic import op

revision = "0010_tasks"
down_revision = "0009_work_lists"


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.task (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        kind TEXT NOT NULL,
        ref TEXT NOT NULL,
        what TEXT NOT NULL,
        label_zh TEXT NOT NULL,
        label_en TEXT NOT NULL,
        roles TEXT[] NOT NULL,
        cite TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        clock TEXT,
        amount_minor BIGINT,
        currency TEXT,
        CONSTRAINT pk_task PRIMARY KEY (org_id, case_id, kind, ref),
        CONSTRAINT fk_task_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id)
    )""")
    _sources("'step', 'evidence', 'reaction', 'sla', 'settlement', 'notify', 'note', 'contact'")
    op.execute("CREATE INDEX ix_task_due ON intake.task (org_id, due_at, case_id, kind, ref)")
    op.execute("CREATE INDEX ix_task_kind ON intake.task (org_id, kind, due_at, case_id, ref)")


def downgrade() -> None:
    op.execute("DROP TABLE intake.task")
    _sources("'step', 'evidence', 'reaction', 'sla', 'settlement', 'notify'")


def _sources(names: str) -> None:
    """Where a line of history may come from."""
    op.execute("ALTER TABLE intake.timeline_entry DROP CONSTRAINT ck_timeline_entry_source")
    op.execute(f"ALTER TABLE intake.timeline_entry ADD CONSTRAINT ck_timeline_entry_source CHECK (source IN ({names}))")
