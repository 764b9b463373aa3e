"""Deliveries to an endpoint that have ended are made again: one, or those of a range."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notify.messages.rules import ChosenDeliveries, IllegalMessageTransition, StoredMessage, redeliver
from services.notify.messages.store.changes import lock_deliveries, queue_again
from services.notify.webhooks.rules.errors import (
    DeliveryNotFound,
    DeliveryNotRedeliverable,
    RedeliveryTooLarge,
    WebhookDisabled,
)
from services.notify.webhooks.store import get_endpoint
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction

MOST_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver:
    """Which ended deliveries of which endpoint."""

    org: OrgId
    endpoint_id: str
    chosen: ChosenDeliveries


async def redeliver_one(tx: Transaction, cmd: Redeliver, *, now: datetime) -> None:
    """Queue the one chosen delivery again. Raises WebhookNotFound, WebhookDisabled, DeliveryNotFound or
    DeliveryNotRedeliverable.
    """
    found = await _locked(tx, cmd, limit=1)
    if not found:
        raise DeliveryNotFound
    try:
        await queue_again(tx, _again(found, now))
    except IllegalMessageTransition:
        raise DeliveryNotRedeliverable(fields={"reason": "not_ended"}) from None


async def redeliver_range(tx: Transaction, cmd: Redeliver, *, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Queue the chosen deliveries again; how many. Raises WebhookNotFound, WebhookDisabled, RedeliveryTooLarge."""
    found = await _locked(tx, cmd, limit=most + 1)
    if len(found) > most:
        raise RedeliveryTooLarge(fields={"most": most})
    if found:
        await queue_again(tx, _again(found, now))
    return len(found)


async def _locked(tx: Transaction, cmd: Redeliver, *, limit: int) -> list[StoredMessage]:
    endpoint = await get_endpoint(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, lock=True)
    if endpoint.state != "active":
        raise WebhookDisabled(fields={"reason": endpoint.reason or ""})
    return await lock_deliveries(tx, org=cmd.org, endpoint_id=cmd.endpoint_id, chosen=cmd.chosen, limit=limit)


def _again(items: Sequence[StoredMessage], now: datetime) -> list[StoredMessage]:
    return [replace(item, message=redeliver(item.message, due_at=now)) for item in items]
