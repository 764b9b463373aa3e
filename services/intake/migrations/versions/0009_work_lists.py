"""Lists of cases by what they have and in the order of change; search over their words."""

from alembic import op

revision = "0009_work_lists"
down_revision = "0008_principals"

_INDEXES = {
    "ix_case_file_owner": "org_id, owner, case_id",
    "ix_case_file_first_responder": "org_id, first_responder, case_id",
    "ix_case_file_case_type": "org_id, case_type, case_id",
    "ix_case_file_customer": "org_id, customer_ref, case_id",
    "ix_case_file_changed": "org_id, changed_at, case_id",
    "ix_case_file_received": "org_id, received_at",
}


def upgrade() -> None:
    op.execute("ALTER TABLE intake.case_file ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE")
    op.execute("UPDATE intake.case_file SET changed_at = greatest(registered_at, last_at)")
    op.execute("ALTER TABLE intake.case_file ALTER COLUMN changed_at SET NOT NULL")
    for name, columns in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON intake.case_file ({columns})")
    op.execute(
        "CREATE INDEX ix_case_file_order ON intake.case_file (org_id, order_ref, case_id) WHERE order_ref IS NOT NULL"
    )
    op.execute("""CREATE TABLE intake.case_search (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        words TEXT NOT NULL,
        grams INTEGER[] NOT NULL,
        CONSTRAINT pk_case_search PRIMARY KEY (org_id, case_id),
        CONSTRAINT fk_case_search_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute(
        "CREATE INDEX ix_case_search_grams ON intake.case_search USING gin (grams) WITH (gin_pending_list_limit = 512)"
    )
    op.execute("ALTER TABLE intake.case_search ALTER COLUMN grams SET STATISTICS 1000")


def downgrade() -> None:
    op.execute("DROP TABLE intake.case_search")
    for name in (*_INDEXES, "ix_case_file_order"):
        op.execute(f"DROP INDEX intake.{name}")
    op.execute("ALTER TABLE intake.case_file DROP COLUMN changed_at")
