"""When files of a case are due, and what stays of files whose term is over."""

from alembic import op

revision = "0027_terms_of_files"
down_revision = "0026_samples"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.file_term (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        next_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_file_term PRIMARY KEY (org_id, case_id),
        CONSTRAINT fk_file_term_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("CREATE INDEX ix_file_term_next_at ON intake.file_term (next_at)")
    op.execute("""CREATE TABLE intake.evidence_erasure (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        evidence_id UUID NOT NULL,
        sha256 TEXT NOT NULL,
        rule TEXT NOT NULL,
        label_zh TEXT NOT NULL,
        label_en TEXT NOT NULL,
        cite TEXT NOT NULL,
        kept_since TIMESTAMP WITH TIME ZONE NOT NULL,
        until DATE NOT NULL,
        erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
        file_erased_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_evidence_erasure PRIMARY KEY (org_id, case_id, evidence_id),
        CONSTRAINT fk_evidence_erasure_org_id_case_id_evidence_id FOREIGN KEY(org_id, case_id, evidence_id)
            REFERENCES intake.evidence (org_id, case_id, evidence_id)
    )""")
    op.execute(
        "CREATE INDEX ix_evidence_erasure_left ON intake.evidence_erasure (erased_at) WHERE file_erased_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP TABLE intake.evidence_erasure")
    op.execute("DROP TABLE intake.file_term")
