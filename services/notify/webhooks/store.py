"""Webhook endpoints of organisations and their signing keys."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.notify.migrations.schema import METADATA
from services.notify.webhooks.rules.endpoint import Endpoint, about_keys
from services.notify.webhooks.rules.errors import WebhookNotFound
from shared.kernel.ids import OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction
from shared.platform.outbound.sealed_keys import SealedKeys
from shared.platform.sealing import HEAD_BYTES

ENDPOINT: Final = Table(
    "endpoint",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("endpoint_id", primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("reason", Text),
    Column("secret", LargeBinary, nullable=False),
    Column("previous_secret", LargeBinary),
    Column("previous_until", DateTime(timezone=True)),
    Column("seed", LargeBinary, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("is_sealed", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    instant_column("created_at"),
    CheckConstraint("state IN ('active', 'disabled')", name="state"),
    CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_secret"),
)


async def insert_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """Store a new endpoint."""
    await tx.execute(
        insert(ENDPOINT).values(
            org_id=endpoint.org,
            endpoint_id=endpoint.endpoint_id,
            url=endpoint.url,
            events=list(endpoint.events),
            **_keys(endpoint.keys),
            created_by=endpoint.created_by,
            created_at=endpoint.created_at,
        )
    )


async def lock_endpoints(tx: Transaction, *, org: OrgId) -> None:
    """Let no other registration of the organisation go on until the transaction ends."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"notify.endpoint:{org}"})


async def get_endpoint(tx: Transaction, *, org: OrgId, endpoint_id: str, lock: bool = False) -> Endpoint:
    """One endpoint of the organisation. Raises WebhookNotFound."""
    statement = select(ENDPOINT).where(ENDPOINT.c.org_id == org, ENDPOINT.c.endpoint_id == endpoint_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise WebhookNotFound
    return _endpoint(row)


async def list_endpoints(tx: Transaction, *, org: OrgId) -> list[Endpoint]:
    """All endpoints of the organisation, oldest first (they are few by rule)."""
    rows = await tx.execute(select(ENDPOINT).where(ENDPOINT.c.org_id == org).order_by(ENDPOINT.c.endpoint_id))
    return [_endpoint(row) for row in rows]


async def endpoints_by_key(tx: Transaction, keys: set[tuple[OrgId, str]]) -> dict[tuple[OrgId, str], Endpoint]:
    """The endpoints of messages about to be sent, which may belong to several organisations."""
    if not keys:
        return {}
    rows = await tx.execute(select(ENDPOINT).where(tuple_(ENDPOINT.c.org_id, ENDPOINT.c.endpoint_id).in_(keys)))
    found = [_endpoint(row) for row in rows]
    return {(endpoint.org, endpoint.endpoint_id): endpoint for endpoint in found}


async def save_keys(tx: Transaction, endpoint: Endpoint) -> None:
    """Store the keys of an endpoint, and whether it is active."""
    await tx.execute(
        update(ENDPOINT)
        .where(ENDPOINT.c.org_id == endpoint.org, ENDPOINT.c.endpoint_id == endpoint.endpoint_id)
        .values(**_keys(endpoint.keys), state=endpoint.state, reason=endpoint.reason)
    )


async def lock_to_seal(tx: Transaction, *, older_heads: Sequence[bytes], limit: int) -> list[Endpoint]:
    """Endpoints whose keys are not sealed, or under an older key, locked; those of other transactions are left out."""
    is_older = func.substring(ENDPOINT.c.secret, 1, HEAD_BYTES).in_(older_heads)
    chosen = select(ENDPOINT).where(or_(~ENDPOINT.c.is_sealed, is_older))
    rows = chosen.limit(limit).with_for_update(skip_locked=True)
    return [_endpoint(row) for row in await tx.execute(rows)]


async def disable_endpoint(tx: Transaction, *, org: OrgId, endpoint_id: str, reason: str) -> None:
    """Stop sending to an endpoint until its owner rotates or replaces it."""
    where = (ENDPOINT.c.org_id == org, ENDPOINT.c.endpoint_id == endpoint_id)
    await tx.execute(update(ENDPOINT).where(*where).values(state="disabled", reason=reason))


async def delete_endpoint(tx: Transaction, *, org: OrgId, endpoint_id: str) -> None:
    """Remove an endpoint. Raises WebhookNotFound."""
    where = (ENDPOINT.c.org_id == org, ENDPOINT.c.endpoint_id == endpoint_id)
    if (await tx.execute(delete(ENDPOINT).where(*where))).rowcount != 1:
        raise WebhookNotFound


def _keys(keys: SealedKeys) -> dict[str, object]:
    return {
        "secret": keys.secret,
        "seed": keys.seed,
        "public_key": keys.public_key,
        "previous_secret": keys.previous,
        "previous_until": keys.previous_until,
        "is_sealed": keys.is_sealed,
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    keys = SealedKeys(
        about=about_keys(OrgId(row.org_id), row.endpoint_id),
        secret=row.secret,
        seed=row.seed,
        public_key=row.public_key,
        previous=row.previous_secret,
        previous_until=row.previous_until,
        is_sealed=row.is_sealed,
    )
    return Endpoint(
        org=OrgId(row.org_id),
        endpoint_id=row.endpoint_id,
        url=row.url,
        events=tuple(row.events),
        state=row.state,
        reason=row.reason,
        keys=keys,
        created_by=row.created_by,
        created_at=row.created_at,
    )
