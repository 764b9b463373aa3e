"""A webhook endpoint gets a new secret; for a day the old one signs as well."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from services.notify.webhooks.rules.endpoint import Endpoint
from services.notify.webhooks.store import get_endpoint, save_keys
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbound.signature import SECRET_BYTES, rotate


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateWebhook:
    """Which endpoint, and the caller's own new secret if there is one."""

    org: OrgId
    endpoint_id: str
    secret: bytes | None


async def rotate_webhook(tx: Transaction, cmd: RotateWebhook, *, now: datetime) -> Endpoint:
    """Rotate, and switch a disabled endpoint on again. `now` is real time, as receivers know no other.

    Raises WebhookNotFound.
    """
    endpoint = await get_endpoint(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, lock=True)
    keys = rotate(endpoint.keys, secret=cmd.secret or secrets.token_bytes(SECRET_BYTES), now=now)
    await save_keys(tx, endpoint, keys)
    return replace(endpoint, keys=keys, state="active", reason=None)
