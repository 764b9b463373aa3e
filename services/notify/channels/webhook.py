"""Signed events, posted to the webhook endpoints of an organisation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.notify.channels.client.webhook import WebhookCaller
from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.parcel import Parcel, Sender
from services.notify.messages.rules import Outcome, Verdict
from services.notify.settings import NotifySettings
from services.notify.webhooks.rules.subscription import notice_event
from shared.kernel.clock import Clock, SystemClock
from shared.platform.outbound.signature import signed_headers
from shared.platform.sealing import SealBroken, Sealer, sealer_of

TO_ENDPOINTS: Final = True


def address(contact: Contact) -> str | None:
    """The endpoint that takes notices."""
    return contact.endpoint_id


@asynccontextmanager
async def open_sender(settings: NotifySettings) -> AsyncIterator[Sender]:
    """A sender with its own connections."""
    caller = WebhookCaller(allow_loopback=settings.loopback_webhooks_allowed)
    try:
        sealer = sealer_of(settings.sealing_keys)
        yield webhook_sender(caller, sealer=sealer, at_once=settings.webhooks_at_once, clock=SystemClock())
    finally:
        await caller.close()


def webhook_sender(caller: WebhookCaller, *, sealer: Sealer, at_once: int, clock: Clock) -> Sender:
    """Posts over `caller`. The timestamp of a signature is real time, also for simulated organisations."""

    async def send(parcel: Parcel) -> Outcome:
        endpoint = parcel.endpoint
        if endpoint is None:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="endpoint_removed")
        try:
            keys = endpoint.keys.opened(sealer)
        except SealBroken:
            return Outcome(verdict=Verdict.TEMPORARY, code=None, reason="secret_unreadable")
        now = clock.now()
        body = _body(parcel)
        headers = signed_headers(
            body,
            webhook_id=parcel.stored.message.message_id,
            at=now,
            secrets=keys.secrets_at(now),
            seed=keys.seed,
        )
        return await caller.post(endpoint.url, body=body, headers=headers)

    return Sender(send=send, at_once=at_once)


def _body(parcel: Parcel) -> bytes:
    stored = parcel.stored
    if stored.message.is_subscription:
        return stored.message.words.body.encode()
    return notice_event(stored.message, case=parcel.case, org=stored.org, at=stored.created_at).encode()
