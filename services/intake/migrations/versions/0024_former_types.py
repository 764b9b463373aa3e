"""A step may change the type of a case; the types that it had before stand in its row."""

from alembic import op

revision = "0024_former_types"
down_revision = "0023_looks"
branch_labels = None
depends_on = None

_FIXED = """CREATE TRIGGER fixed_at_registration
    BEFORE UPDATE OF number, {case_type}pack, pack_version, received_at, registered_at, first_responder
    ON intake.case_file FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('what was registered')"""


def upgrade() -> None:
    op.execute("ALTER TABLE intake.case_file ADD COLUMN former_types JSONB")
    op.execute("DROP TRIGGER fixed_at_registration ON intake.case_file")
    op.execute(_FIXED.format(case_type=""))


def downgrade() -> None:
    op.execute("DROP TRIGGER fixed_at_registration ON intake.case_file")
    op.execute(_FIXED.format(case_type="case_type, "))
    op.execute("ALTER TABLE intake.case_file DROP COLUMN former_types")
