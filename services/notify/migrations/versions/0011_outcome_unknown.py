"""A message whose attempt may have delivered has a state of its own (ADR 0065).

Messages that wait after an attempt of unknown outcome get it, so they are not skipped either. Backwards they are queued
again, or failed where no attempt follows.
"""

from alembic import op

revision = "0011_outcome_unknown"
down_revision = "0010_saw_versions"

_ENDED = "'sent', 'skipped', 'failed'"
_NEW = {
    "state": f"state IN ('queued', 'sending', 'to_do', 'outcome_unknown', {_ENDED})",
    "due_at": "state = 'outcome_unknown' OR (state IN ('queued', 'sending')) = (due_at IS NOT NULL)",
    "ended_at": f"state = 'outcome_unknown' OR (state IN ({_ENDED})) = (ended_at IS NOT NULL)",
    "reason": "(state IN ('skipped', 'failed', 'outcome_unknown')) <= (reason IS NOT NULL)",
}
_OLD = {
    "state": f"state IN ('queued', 'sending', 'to_do', {_ENDED})",
    "due_at": "(state IN ('queued', 'sending')) = (due_at IS NOT NULL)",
    "ended_at": f"(state IN ({_ENDED})) = (ended_at IS NOT NULL)",
    "reason": "(state IN ('skipped', 'failed')) <= (reason IS NOT NULL)",
}
_ADDED = {
    "outcome_unknown": (
        "state <> 'outcome_unknown' OR (unknown_attempts > 0 AND (due_at IS NULL) = (ended_at IS NOT NULL))"
    ),
    "unknown_attempts": "unknown_attempts >= 0",
}


def upgrade() -> None:
    op.execute("ALTER TABLE notify.message ADD COLUMN unknown_attempts SMALLINT NOT NULL DEFAULT 0")
    _replace(_NEW)
    op.execute(
        "UPDATE notify.message m SET unknown_attempts = u.count, "
        "state = CASE WHEN state = 'queued' THEN 'outcome_unknown' ELSE state END, "
        "reason = CASE WHEN state = 'queued' THEN 'sender_vanished' ELSE m.reason END "
        "FROM (SELECT org_id, message_id, count(*) FROM notify.attempt JOIN notify.message USING (org_id, message_id) "
        "WHERE verdict = 'unknown' AND number > tries_before AND state IN ('queued', 'sending') "
        "GROUP BY org_id, message_id) u WHERE u.org_id = m.org_id AND u.message_id = m.message_id"
    )
    for name, rule in _ADDED.items():
        _add(name, rule)
    _indexes(waits="state IN ('queued', 'outcome_unknown')", is_open="due_at IS NOT NULL", ended=", 'outcome_unknown'")
    op.execute(
        "CREATE INDEX ix_message_outcome_unknown ON notify.message (org_id, message_id) "
        "WHERE unknown_attempts > 0 AND state IN ('outcome_unknown', 'sending')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX notify.ix_message_outcome_unknown")
    for name in _ADDED:
        op.execute(f"ALTER TABLE notify.message DROP CONSTRAINT ck_message_{name}")
    op.execute(
        "UPDATE notify.message SET state = CASE WHEN due_at IS NULL THEN 'failed' ELSE 'queued' END "
        "WHERE state = 'outcome_unknown'"
    )
    _replace(_OLD)
    _indexes(waits="state = 'queued'", is_open="state IN ('queued', 'sending')", ended="")
    op.execute("ALTER TABLE notify.message DROP COLUMN unknown_attempts")


def _indexes(*, waits: str, is_open: str, ended: str) -> None:
    for name in ("due", "due_simulated", "open", "not_delivered"):
        op.execute(f"DROP INDEX notify.ix_message_{name}")
    op.execute(f"CREATE INDEX ix_message_due ON notify.message (channel, due_at) WHERE {waits} AND NOT is_simulated")
    op.execute(
        "CREATE INDEX ix_message_due_simulated ON notify.message (org_id, channel, due_at) "
        f"WHERE {waits} AND is_simulated"
    )
    op.execute(f"CREATE INDEX ix_message_open ON notify.message (org_id) WHERE {is_open}")
    op.execute(
        "CREATE INDEX ix_message_not_delivered ON notify.message (org_id, endpoint_id, message_id) "
        f"WHERE endpoint_id <> '' AND state IN ('failed', 'skipped'{ended})"
    )


def _replace(rules: dict[str, str]) -> None:
    for name, rule in rules.items():
        op.execute(f"ALTER TABLE notify.message DROP CONSTRAINT ck_message_{name}")
        _add(name, rule)


def _add(name: str, rule: str) -> None:
    op.execute(f"ALTER TABLE notify.message ADD CONSTRAINT ck_message_{name} CHECK ({rule}) NOT VALID")
    op.execute(f"ALTER TABLE notify.message VALIDATE CONSTRAINT ck_message_{name}")
