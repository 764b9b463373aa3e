"""A case may change its type: clocks of the new type begin then, and figures keep the type that was counted."""

from alembic import op

revision = "0015_former_types"
down_revision = "0014_partition_functions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sla.case_view ADD COLUMN former_types JSONB")


def downgrade() -> None:
    op.execute("ALTER TABLE sla.case_view DROP COLUMN former_types")
