"""Draws of samples, and the cases that were drawn."""

from alembic import op

revision = "0026_samples"
down_revision = "0025_former_types_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.sample_draw (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        sample TEXT NOT NULL,
        period TEXT NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
        pack_version INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT,
        seed TEXT NOT NULL,
        population INTEGER,
        wanted INTEGER,
        strata INTEGER,
        drawn INTEGER NOT NULL,
        CONSTRAINT pk_sample_draw PRIMARY KEY (org_id, pack, sample, period),
        CONSTRAINT ck_sample_draw_outcome CHECK (outcome IN ('drawn', 'refused')),
        CONSTRAINT ck_sample_draw_refused CHECK ((outcome = 'refused') = (code IS NOT NULL)),
        CONSTRAINT ck_sample_draw_population CHECK ((outcome = 'drawn') = (population IS NOT NULL))
    )""")
    op.execute("""CREATE TABLE intake.sample_case (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        sample TEXT NOT NULL,
        period TEXT NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        strata TEXT[] NOT NULL,
        step TEXT,
        role TEXT NOT NULL,
        cite TEXT NOT NULL,
        done TEXT NOT NULL,
        given_at TIMESTAMP WITH TIME ZONE,
        given_id UUID,
        code TEXT,
        CONSTRAINT pk_sample_case PRIMARY KEY (org_id, pack, sample, period, case_id),
        CONSTRAINT fk_sample_case_org_id_pack_sample_period FOREIGN KEY(org_id, pack, sample, period)
            REFERENCES intake.sample_draw (org_id, pack, sample, period),
        CONSTRAINT fk_sample_case_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_sample_case_done CHECK (done IN ('waiting', 'given', 'refused')),
        CONSTRAINT ck_sample_case_refused CHECK ((done = 'refused') = (code IS NOT NULL)),
        CONSTRAINT ck_sample_case_given CHECK ((done = 'given') = (given_id IS NOT NULL))
    )""")
    op.execute("CREATE INDEX ix_sample_case_task ON intake.sample_case (org_id, case_id) WHERE step IS NOT NULL")
    op.execute("CREATE INDEX ix_sample_case_waiting ON intake.sample_case (org_id, case_id) WHERE done = 'waiting'")


def downgrade() -> None:
    op.execute("DROP TABLE intake.sample_case")
    op.execute("DROP TABLE intake.sample_draw")
