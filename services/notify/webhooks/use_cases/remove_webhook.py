"""A webhook endpoint is removed; the messages that wait for it are skipped by the sender."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.messages.store.changes import make_due
from services.notify.webhooks.store import delete_endpoint
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWebhook:
    """Which endpoint."""

    org: OrgId
    endpoint_id: str


async def remove_webhook(tx: Transaction, cmd: RemoveWebhook, *, now: datetime) -> None:
    """Delete the endpoint with its keys. Raises WebhookNotFound."""
    await delete_endpoint(tx, org=cmd.org, endpoint_id=cmd.endpoint_id)
    await make_due(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, now=now)
