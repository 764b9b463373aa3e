"""How a message is delivered is a column: the names of channels are no longer known to the database.

Code of the revision before cannot store messages any more; its events are tried again by the new code.
"""

from alembic import op

revision = "0004_delivery"
down_revision = "0003_by_hand"
branch_labels = None
depends_on = None

_BY_HAND = "channel IN ('fax', 'phone', 'letter')"
_WAITING = "state = 'queued' AND delivery <> 'provider'"


def upgrade() -> None:
    """The default makes adding the column a change of the catalogue only; rows of other deliveries are then updated."""
    op.execute("ALTER TABLE notify.message ADD COLUMN delivery TEXT NOT NULL DEFAULT 'provider'")
    op.execute("UPDATE notify.message SET delivery = 'inbox' WHERE channel = 'internal'")
    op.execute(f"UPDATE notify.message SET delivery = 'by_hand' WHERE {_BY_HAND}")
    op.execute("ALTER TABLE notify.message ALTER COLUMN delivery DROP DEFAULT")
    op.execute("ALTER TABLE notify.message DROP CONSTRAINT ck_message_channel")
    _replace(
        {
            "to_do": "state <> 'to_do' OR delivery = 'by_hand'",
            "handler": "(delivery = 'by_hand') = (handler IS NOT NULL)",
        }
    )
    op.execute(
        "ALTER TABLE notify.message ADD CONSTRAINT ck_message_delivery "
        "CHECK (delivery IN ('provider', 'inbox', 'by_hand'))"
    )
    op.execute("DROP INDEX notify.ix_message_inbox")
    op.execute(
        "CREATE INDEX ix_message_inbox ON notify.message (org_id, address, message_id) "
        "WHERE delivery = 'inbox' AND state = 'sent'"
    )
    op.execute(f"CREATE INDEX ix_message_waiting ON notify.message (due_at) WHERE {_WAITING} AND NOT is_simulated")
    op.execute(
        "CREATE INDEX ix_message_waiting_simulated ON notify.message (org_id, due_at) "
        f"WHERE {_WAITING} AND is_simulated"
    )


def downgrade() -> None:
    """Messages of channels that the older schema does not know are deleted."""
    op.execute("DELETE FROM notify.message WHERE channel NOT IN ('email', 'webhook', 'internal', 'fax', 'phone', 'letter')")
    for index in ("waiting_simulated", "waiting", "inbox"):
        op.execute(f"DROP INDEX notify.ix_message_{index}")
    op.execute(
        "CREATE INDEX ix_message_inbox ON notify.message (org_id, address, message_id) "
        "WHERE channel = 'internal' AND state = 'sent'"
    )
    op.execute("ALTER TABLE notify.message DROP CONSTRAINT ck_message_delivery")
    _replace({"to_do": f"state <> 'to_do' OR {_BY_HAND}", "handler": f"({_BY_HAND}) = (handler IS NOT NULL)"})
    op.execute(
        "ALTER TABLE notify.message ADD CONSTRAINT ck_message_channel "
        "CHECK (channel IN ('email', 'webhook', 'internal', 'fax', 'phone', 'letter'))"
    )
    op.execute("ALTER TABLE notify.message DROP COLUMN delivery")


def _replace(checks: dict[str, str]) -> None:
    for name, condition in checks.items():
        op.execute(f"ALTER TABLE notify.message DROP CONSTRAINT ck_message_{name}")
        op.execute(f"ALTER TABLE notify.message ADD CONSTRAINT ck_message_{name} CHECK ({condition})")
