"""A webhook endpoint gets a new secret; for a day the old one signs as well."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from services.notify.webhooks.rules.endpoint import NewSecret, about_keys
from services.notify.webhooks.store import get_endpoint, save_keys
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbound.sealed_keys import SealedKeys
from shared.platform.outbound.signature import SECRET_BYTES, SEED_BYTES, SigningKeys, rotate
from shared.platform.sealing import SealBroken, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateWebhook:
    """Which endpoint, and the caller's own new secret if there is one."""

    org: OrgId
    endpoint_id: str
    secret: bytes | None


async def rotate_webhook(tx: Transaction, cmd: RotateWebhook, *, sealer: Sealer, now: datetime) -> NewSecret:
    """Rotate, and switch a disabled endpoint on again. `now` is real time, as receivers know no other.

    Keys that no sealing key opens any more are replaced whole, without an overlap. Raises WebhookNotFound.
    """
    endpoint = await get_endpoint(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, lock=True)
    secret = cmd.secret or secrets.token_bytes(SECRET_BYTES)
    try:
        keys = rotate(endpoint.keys.opened(sealer), secret=secret, now=now)
    except SealBroken:
        keys = SigningKeys(secret=secret, seed=secrets.token_bytes(SEED_BYTES))
    sealed = SealedKeys.of(keys, sealer=sealer, about=about_keys(cmd.org, cmd.endpoint_id))
    rotated = replace(endpoint, keys=sealed, state="active", reason=None)
    await save_keys(tx, rotated)
    return NewSecret(endpoint=rotated, secret=secret)
