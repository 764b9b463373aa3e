"""A step of the case may withdraw a remedy: the state, and what the step said."""

from alembic import op

revision = "0018_withdrawals"
down_revision = "0017_cases_by_order"
branch_labels = None
depends_on = None

BEFORE = """'quoted', 'offered', 'accepted', 'approved', 'payout_requested', 'in_doubt', 'executed', 'failed', 'rejected',
    'declined', 'expired'"""


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.remedy ADD COLUMN withdrawal JSONB")
    _states(f"{BEFORE}, 'withdrawn'")


def downgrade() -> None:
    op.execute("UPDATE settlement.remedy SET state = 'declined' WHERE state = 'withdrawn'")
    _states(BEFORE)
    op.execute("ALTER TABLE settlement.remedy DROP COLUMN withdrawal")


def _states(allowed: str) -> None:
    # The constraint that takes its place, in the same transaction, allows what it allowed, and one state more.
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE settlement.remedy DROP CONSTRAINT ck_remedy_state")
    op.execute(f"ALTER TABLE settlement.remedy ADD CONSTRAINT ck_remedy_state CHECK (state IN ({allowed})) NOT VALID")
