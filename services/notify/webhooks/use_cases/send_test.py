"""An endpoint's owner asks for a delivery that shows whether deliveries arrive and verify."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.notify.messages.rules import StoredMessage
from services.notify.messages.store.changes import insert_new
from services.notify.webhooks.rules.errors import WebhookDisabled
from services.notify.webhooks.rules.subscription import body_of_test, delivery
from services.notify.webhooks.store import get_endpoint
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import is_simulated

TRIED_FOR: Final = timedelta(minutes=10)
"""How long a test is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTest:
    """Which endpoint."""

    org: OrgId
    endpoint_id: str


async def send_test(tx: Transaction, cmd: SendTest, *, now: datetime) -> str:
    """Queue a `webhook.test`; the id of the delivery. Raises WebhookNotFound, WebhookDisabled."""
    endpoint = await get_endpoint(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, lock=True)
    if endpoint.state != "active":
        raise WebhookDisabled(fields={"reason": endpoint.reason or ""})
    body = body_of_test(org=cmd.org, endpoint_id=cmd.endpoint_id, event_id=new_id(), at=now)
    ids = {"endpoint_id": cmd.endpoint_id, "message_id": new_id()}
    message = delivery(body, **ids, now=now, expires_at=now + TRIED_FOR)
    simulated = await is_simulated(tx, cmd.org)
    await insert_new(tx, [StoredMessage(org=cmd.org, is_simulated=simulated, created_at=now, message=message)])
    return message.message_id
