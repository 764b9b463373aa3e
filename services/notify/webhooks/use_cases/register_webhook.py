"""An organisation registers an address that is told of its case events."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.notify.webhooks.rules.endpoint import Endpoint, NewSecret, about_keys
from services.notify.webhooks.rules.errors import WebhookAlreadyRegistered, WebhookLimitReached, WebhookUrlRefused
from services.notify.webhooks.rules.place import place_of
from services.notify.webhooks.store import insert_endpoint, list_endpoints, lock_endpoints
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbound.addresses import UrlRefused, judged_url
from shared.platform.outbound.sealed_keys import SealedKeys
from shared.platform.outbound.signature import SECRET_BYTES, SEED_BYTES, SigningKeys
from shared.platform.sealing import Sealer

MOST_ENDPOINTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWebhook:
    """Where to, which canonical event names, and the caller's own secret if there is one."""

    org: OrgId
    url: str
    events: tuple[str, ...]
    secret: bytes | None
    allow_loopback: bool
    actor: Actor


async def register_webhook(tx: Transaction, cmd: RegisterWebhook, *, sealer: Sealer, now: datetime) -> NewSecret:
    """Store the endpoint with fresh keys. Raises WebhookUrlRefused, WebhookAlreadyRegistered, WebhookLimitReached."""
    try:
        target = judged_url(cmd.url, allow_loopback=cmd.allow_loopback)
    except UrlRefused as refused:
        raise WebhookUrlRefused(fields={"url": refused.why}) from None
    await lock_endpoints(tx, org=cmd.org)
    endpoints = await list_endpoints(tx, org=cmd.org)
    if same := [each.endpoint_id for each in endpoints if place_of(each.url) == place_of(target.url)]:
        raise WebhookAlreadyRegistered(fields={"webhook_id": same[0]})
    if len(endpoints) >= MOST_ENDPOINTS:
        raise WebhookLimitReached(fields={"limit": MOST_ENDPOINTS})
    endpoint_id = new_id()
    keys = SigningKeys(secret=cmd.secret or secrets.token_bytes(SECRET_BYTES), seed=secrets.token_bytes(SEED_BYTES))
    endpoint = Endpoint(
        org=cmd.org,
        endpoint_id=endpoint_id,
        url=target.url,
        events=tuple(dict.fromkeys(cmd.events)),
        state="active",
        reason=None,
        keys=SealedKeys.of(keys, sealer=sealer, about=about_keys(cmd.org, endpoint_id)),
        created_by=cmd.actor.subject,
        created_at=now,
    )
    await insert_endpoint(tx, endpoint)
    return NewSecret(endpoint=endpoint, secret=keys.secret)
