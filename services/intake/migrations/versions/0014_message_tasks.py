"""Messages that people deliver are tasks: who delivers one, until when, and who does a task."""

from alembic import op

revision = "0014_message_tasks"
down_revision = "0013_case_links"


def upgrade() -> None:
    op.execute("ALTER TABLE intake.message_view ADD COLUMN handled_by TEXT")
    op.execute("ALTER TABLE intake.message_view ADD COLUMN deliver_by TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE intake.task ADD COLUMN person TEXT")


def downgrade() -> None:
    op.execute("DELETE FROM intake.task WHERE kind = 'message'")
    op.execute("ALTER TABLE intake.task DROP COLUMN person")
    op.execute("ALTER TABLE intake.message_view DROP COLUMN handled_by, DROP COLUMN deliver_by")
