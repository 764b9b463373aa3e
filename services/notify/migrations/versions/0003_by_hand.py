"""Messages that a person delivers: fax, phone, letter; by whom, and the outcome that was reported."""

from alembic import op

revision = "0003_by_hand"
down_revision = "0002_messages"
branch_labels = None
depends_on = None

_NEW = {
    "channel": "channel IN ('email', 'webhook', 'internal', 'fax', 'phone', 'letter')",
    "state": "state IN ('queued', 'sending', 'to_do', 'sent', 'skipped', 'failed')",
    "address": "address IS NOT NULL OR handler IS NOT NULL OR state IN ('skipped', 'failed')",
}
_OLD = {
    "channel": "channel IN ('email', 'webhook', 'internal')",
    "state": "state IN ('queued', 'sending', 'sent', 'skipped', 'failed')",
    "address": "address IS NOT NULL OR state IN ('skipped', 'failed')",
}


def upgrade() -> None:
    op.execute("ALTER TABLE notify.message ADD COLUMN handler TEXT")
    op.execute("ALTER TABLE notify.attempt ADD COLUMN subject TEXT, ADD COLUMN note TEXT")
    _replace(_NEW)
    op.execute(
        "ALTER TABLE notify.message ADD CONSTRAINT ck_message_to_do "
        "CHECK (state <> 'to_do' OR channel IN ('fax', 'phone', 'letter'))"
    )
    op.execute(
        "ALTER TABLE notify.message ADD CONSTRAINT ck_message_handler "
        "CHECK ((channel IN ('fax', 'phone', 'letter')) = (handler IS NOT NULL))"
    )
    op.execute("CREATE INDEX ix_message_to_do ON notify.message (org_id, message_id) WHERE state = 'to_do'")


def downgrade() -> None:
    """What only people can deliver has no place in the older schema."""
    op.execute("DELETE FROM notify.message WHERE channel IN ('fax', 'phone', 'letter')")
    op.execute("DROP INDEX notify.ix_message_to_do")
    op.execute("ALTER TABLE notify.message DROP CONSTRAINT ck_message_handler, DROP CONSTRAINT ck_message_to_do")
    _replace(_OLD)
    op.execute("ALTER TABLE notify.attempt DROP COLUMN note, DROP COLUMN subject")
    op.execute("ALTER TABLE notify.message DROP COLUMN handler")


def _replace(checks: dict[str, str]) -> None:
    for name, condition in checks.items():
        op.execute(f"ALTER TABLE notify.message DROP CONSTRAINT ck_message_{name}")
        op.execute(f"ALTER TABLE notify.message ADD CONSTRAINT ck_message_{name} CHECK ({condition})")
