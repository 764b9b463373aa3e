"""Recurring cases, purges with their certificates, and what a purge alone may change."""

from alembic import op

revision = "0005_recurring_retention"
down_revision = "0004_links"

TABLES = ("recurrence", "recurring_period", "purge")
_REFUSE = """CREATE OR REPLACE FUNCTION intake.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {unless}
        RAISE EXCEPTION '% never changes', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END $$"""
_PURGING = """IF current_setting('intake.purging', true) = OLD.case_id::text THEN RETURN NEW; END IF;"""


def upgrade() -> None:
    op.execute("ALTER TABLE intake.case_file ADD COLUMN is_purged BOOLEAN DEFAULT false NOT NULL")
    op.execute("""CREATE TABLE intake.recurrence (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        recurring TEXT NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        next_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_recurrence PRIMARY KEY (org_id, pack, recurring),
        CONSTRAINT ck_recurrence_next_at CHECK (next_at >= since)
    )""")
    op.execute("CREATE INDEX ix_recurrence_next_at ON intake.recurrence (next_at)")
    op.execute("""CREATE TABLE intake.recurring_period (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        recurring TEXT NOT NULL,
        period TEXT NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
        pack_version INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        case_id UUID,
        number TEXT,
        code TEXT,
        population INTEGER,
        sample JSONB,
        CONSTRAINT pk_recurring_period PRIMARY KEY (org_id, pack, recurring, period),
        CONSTRAINT fk_recurring_period_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_recurring_period_outcome CHECK (outcome IN ('opened', 'skipped', 'refused')),
        CONSTRAINT ck_recurring_period_opened
            CHECK ((outcome = 'opened') = (case_id IS NOT NULL AND number IS NOT NULL)),
        CONSTRAINT ck_recurring_period_refused CHECK ((outcome = 'refused') = (code IS NOT NULL)),
        CONSTRAINT ck_recurring_period_sample CHECK ((population IS NULL) = (sample IS NULL))
    )""")
    op.execute("""CREATE TABLE intake.purge (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        rule TEXT NOT NULL,
        kept_since TIMESTAMP WITH TIME ZONE NOT NULL,
        purged_at TIMESTAMP WITH TIME ZONE NOT NULL,
        purged_by TEXT NOT NULL,
        entries JSONB NOT NULL,
        sha256 TEXT NOT NULL,
        files_erased_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_purge PRIMARY KEY (org_id, case_id),
        CONSTRAINT fk_purge_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("CREATE UNIQUE INDEX uq_purge_number ON intake.purge (org_id, number)")
    op.execute(_REFUSE.format(unless=_PURGING))


def downgrade() -> None:
    op.execute(_REFUSE.format(unless=""))
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE intake.{table}")
    op.execute("ALTER TABLE intake.case_file DROP COLUMN is_purged")
