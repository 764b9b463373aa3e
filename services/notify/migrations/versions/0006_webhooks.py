"""notify knows the order of a case; keys of webhooks are sealed; a delivery may be made again."""

from base64 import b64encode

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

revision = "0006_webhooks"
down_revision = "0005_work_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notify.case_view ADD COLUMN order_ref TEXT")
    op.execute("ALTER TABLE notify.message ADD COLUMN tries_before SMALLINT NOT NULL DEFAULT 0")
    op.execute(
        "CREATE INDEX ix_message_not_delivered ON notify.message (org_id, endpoint_id, message_id) "
        "WHERE endpoint_id <> '' AND state IN ('failed', 'skipped')"
    )
    op.execute("ALTER TABLE notify.endpoint DROP CONSTRAINT ck_endpoint_seed")
    op.execute("ALTER TABLE notify.endpoint ADD COLUMN public_key TEXT, ADD COLUMN is_sealed BOOLEAN")
    _tell_public_keys()
    op.execute("ALTER TABLE notify.endpoint ALTER public_key SET NOT NULL, ALTER is_sealed SET NOT NULL")


def _tell_public_keys() -> None:
    """The keys themselves are sealed by the service, which has the sealing keys."""
    connection = op.get_bind()
    endpoints = connection.execute(sa.text("SELECT org_id, endpoint_id, seed FROM notify.endpoint")).all()
    told = sa.text(
        "UPDATE notify.endpoint SET is_sealed = FALSE, public_key = :key WHERE org_id = :org AND endpoint_id = :id"
    )
    for org, endpoint_id, seed in endpoints:
        connection.execute(told, {"key": _public_key(seed), "org": org, "id": endpoint_id})


def _public_key(seed: bytes) -> str:
    """As receivers are told it: the raw key of ed25519 in base64 behind `whpk_`."""
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return "whpk_" + b64encode(raw).decode()


def downgrade() -> None:
    op.execute("DELETE FROM notify.endpoint WHERE is_sealed")
    op.execute("ALTER TABLE notify.endpoint DROP COLUMN public_key, DROP COLUMN is_sealed")
    op.execute("ALTER TABLE notify.endpoint ADD CONSTRAINT ck_endpoint_seed CHECK (octet_length(seed) = 32)")
    op.execute("DROP INDEX notify.ix_message_not_delivered")
    op.execute("ALTER TABLE notify.message DROP COLUMN tries_before")
    op.execute("ALTER TABLE notify.case_view DROP COLUMN order_ref")
