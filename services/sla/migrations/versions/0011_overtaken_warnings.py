"""A warning whose instant passed before the worker came to it, on a clock that has moved on meanwhile, is on record."""

from alembic import op

revision = "0011_overtaken_warnings"
down_revision = "0010_saw_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _states("'open', 'fired', 'cancelled', 'overtaken'")


def downgrade() -> None:
    op.execute("UPDATE sla.timer SET state = 'cancelled' WHERE state = 'overtaken'")
    _states("'open', 'fired', 'cancelled'")


def _states(allowed: str) -> None:
    op.execute("ALTER TABLE sla.timer DROP CONSTRAINT ck_timer_state")
    op.execute(f"ALTER TABLE sla.timer ADD CONSTRAINT ck_timer_state CHECK (state IN ({allowed})) NOT VALID")
    op.execute("ALTER TABLE sla.timer VALIDATE CONSTRAINT ck_timer_state")
