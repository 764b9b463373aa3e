"""Payments that a restore has lost: the ERP is asked about them before the remedy is paid."""

from alembic import op

revision = "0014_lost_payments"
down_revision = "0013_partition_functions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE settlement.lost_payment (
            org_id UUID NOT NULL,
            payout_id UUID NOT NULL,
            case_id UUID NOT NULL,
            remedy_id UUID NOT NULL,
            remedy TEXT NOT NULL,
            found_at TIMESTAMPTZ NOT NULL DEFAULT now(),
            CONSTRAINT pk_lost_payment PRIMARY KEY (org_id, payout_id)
        )
    """)
    op.execute("CREATE INDEX ix_lost_payment_case ON settlement.lost_payment (org_id, case_id)")


def downgrade() -> None:
    op.execute("DROP TABLE settlement.lost_payment")
