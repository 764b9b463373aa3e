"""A webhook endpoint gets a new secret; for a day the old one signs as well."""

import secrets
from dataclasses import replace
from datetime import datetime

from services.notify.webhooks.rules.endpoint import Endpoint
from services.notify.webhooks.rules.errors import WebhookNotFound
from services.notify.webhooks.rules.signature import SECRET_BYTES, rotate
from services.notify.webhooks.store import find_endpoint, save_keys
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


async def rotate_webhook(
    tx: Transaction, endpoint_id: str, *, secret: bytes | None, caller: Caller, now: datetime
) -> Endpoint:
    """Rotate, and switch a disabled endpoint on again. `now` is real time, as receivers know no other."""
    endpoint = await find_endpoint(tx, caller.org, endpoint_id, for_update=True)
    if endpoint is None:
        raise WebhookNotFound
    keys = rotate(endpoint.keys, secret=secret or secrets.token_bytes(SECRET_BYTES), now=now)
    await save_keys(tx, endpoint, keys)
    return replace(endpoint, keys=keys, state="active", reason=None)
