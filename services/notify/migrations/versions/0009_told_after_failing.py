"""A message that failed may be told by a person: it is sent then, whatever address it has."""

from alembic import op

revision = "0009_told_after_failing"
down_revision = "0008_case_links"


def upgrade() -> None:
    _address("'sent', 'skipped', 'failed'")


def downgrade() -> None:
    _address("'skipped', 'failed'")


def _address(states: str) -> None:
    op.execute("ALTER TABLE notify.message DROP CONSTRAINT ck_message_address")
    op.execute(
        "ALTER TABLE notify.message ADD CONSTRAINT ck_message_address "
        f"CHECK (address IS NOT NULL OR handler IS NOT NULL OR state IN ({states})) NOT VALID"
    )
    op.execute("ALTER TABLE notify.message VALIDATE CONSTRAINT ck_message_address")
