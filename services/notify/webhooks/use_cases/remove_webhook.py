"""A webhook endpoint is removed; what waits for it is skipped by the sender."""

from datetime import datetime

from services.notify.messages.store.changes import hurry
from services.notify.webhooks.rules.errors import WebhookNotFound
from services.notify.webhooks.store import delete_endpoint
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


async def remove_webhook(tx: Transaction, endpoint_id: str, *, caller: Caller, now: datetime) -> None:
    """Delete the endpoint with its keys. Raises WebhookNotFound."""
    if not await delete_endpoint(tx, caller.org, endpoint_id):
        raise WebhookNotFound
    await hurry(tx, caller.org, endpoint_id=endpoint_id, now=now)
