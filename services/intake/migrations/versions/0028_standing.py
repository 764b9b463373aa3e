"""Standing facts of customers, products, contracts, units and persons, and what registrations read of them."""

from alembic import op

revision = "0028_standing"
down_revision = "0027_terms_of_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE intake.case_file ADD COLUMN consulted JSONB")
    op.execute("""CREATE TABLE intake.standing_fact (
        org_id UUID NOT NULL,
        subject_kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        value JSONB,
        valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
        valid_until TIMESTAMP WITH TIME ZONE,
        is_withdrawn BOOLEAN NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_standing_fact PRIMARY KEY (org_id, subject_kind, subject, name, revision),
        CONSTRAINT ck_standing_fact_revision CHECK (revision > 0),
        CONSTRAINT ck_standing_fact_span CHECK (valid_until > valid_from),
        CONSTRAINT ck_standing_fact_value CHECK (is_withdrawn OR value IS NOT NULL)
    )""")
    op.execute("""CREATE INDEX ix_standing_fact_valid
        ON intake.standing_fact (org_id, subject_kind, subject, name, valid_from, revision)""")


def downgrade() -> None:
    op.execute("DROP TABLE intake.standing_fact")
    op.execute("ALTER TABLE intake.case_file DROP COLUMN consulted")
