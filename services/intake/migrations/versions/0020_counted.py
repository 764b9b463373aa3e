"""Cases are counted by type and status and contacts by kind, from indexes alone."""

from alembic import op

revision = "0020_counted"
down_revision = "0019_files_left"
branch_labels = None
depends_on = None

_CASES = "CREATE INDEX ix_case_file_case_type ON intake.case_file (org_id, case_type, case_id)"


def upgrade() -> None:
    op.execute("DROP INDEX intake.ix_case_file_case_type")
    op.execute(f"{_CASES} INCLUDE (status)")
    op.execute("CREATE INDEX ix_contact_kind ON intake.contact (kind)")


def downgrade() -> None:
    op.execute("DROP INDEX intake.ix_contact_kind")
    op.execute("DROP INDEX intake.ix_case_file_case_type")
    op.execute(_CASES)
