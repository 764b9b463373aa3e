"""Signed events, posted to the webhook endpoints of an organisation."""

from collections.abc import Awaitable, Callable

from services.notify.channels.client.webhook import WebhookCaller
from services.notify.channels.rules.parcel import Parcel
from services.notify.messages.rules import Outcome, Verdict
from services.notify.webhooks.rules.signature import signed_headers
from services.notify.webhooks.rules.subscription import notice_event
from shared.kernel.clock import Clock, SystemClock


def sender(caller: WebhookCaller, *, clock: Clock | None = None) -> Callable[[Parcel], Awaitable[Outcome]]:
    """Posts a message. The timestamp of the signature is real time, also for simulated organisations."""
    wall_clock = clock or SystemClock()

    async def send(parcel: Parcel) -> Outcome:
        endpoint = parcel.endpoint
        if endpoint is None:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="endpoint_removed")
        now = wall_clock.now()
        body = _body(parcel)
        headers = signed_headers(
            body,
            webhook_id=parcel.kept.message.message_id,
            at=now,
            secrets=endpoint.keys.secrets_at(now),
            seed=endpoint.keys.seed,
        )
        return await caller.post(endpoint.url, body=body, headers=headers)

    return send


def _body(parcel: Parcel) -> bytes:
    kept = parcel.kept
    if kept.message.is_subscription:
        return kept.message.words.body.encode()
    return notice_event(kept.message, org=kept.org, at=kept.created_at).encode()
