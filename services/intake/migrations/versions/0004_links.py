"""Links between cases: which case opened which, as what, and the one at the root of them all."""

from alembic import op

revision = "0004_links"
down_revision = "0003_who_decides"


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.link (
        org_id UUID NOT NULL,
        child_id UUID NOT NULL,
        parent_id UUID NOT NULL,
        root_id UUID NOT NULL,
        relation TEXT NOT NULL,
        CONSTRAINT pk_link PRIMARY KEY (org_id, child_id),
        CONSTRAINT fk_link_org_id_child_id FOREIGN KEY(org_id, child_id)
            REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT fk_link_org_id_parent_id FOREIGN KEY(org_id, parent_id)
            REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT fk_link_org_id_root_id FOREIGN KEY(org_id, root_id)
            REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_link_ends CHECK (child_id <> parent_id AND child_id <> root_id)
    )""")
    op.execute("""CREATE INDEX ix_link_parent ON intake.link (org_id, parent_id, child_id)""")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE ON intake.link "
        "FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('link')"
    )


def downgrade() -> None:
    op.execute("DROP TABLE intake.link")
