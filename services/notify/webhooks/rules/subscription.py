"""Published events passed on to the webhook endpoints that subscribed to them, as CloudEvents 1.0 JSON.

`data` is the event's published contract (`docs/api/events/<type>.json`), as it is on the topic and in the feed of
changes. Two kinds are of webhooks alone: the notice of a rule's message, and the test of an endpoint.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.notify.cases.rules import Case, CaseEvent
from services.notify.messages.rules import Identity, Message, State, Words
from shared.contracts.cloud_event import About, structured
from shared.packs.notify.model.channels import Delivery

ALL: Final = "*"
NOTICE: Final = "notice"
TEST: Final = "webhook.test"
WEBHOOK: Final = "webhook"
"""The channel of subscriptions."""
NO_CASE: Final = "00000000-0000-0000-0000-000000000000"
"""The case of a test, which is about none."""
_SOURCE: Final = "/redress/notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An active endpoint and what it wants: events or milestones by name, `*` for all, `notice` for rules' messages."""

    endpoint_id: str
    events: tuple[str, ...]

    def wants(self, *names: str) -> bool:
        """True when one of `names` is subscribed to."""
        return ALL in self.events or any(name in self.events for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event of a case that is passed on to endpoints."""

    case: Case
    event: CaseEvent
    now: datetime
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is delivered: about which case, on which occasion, by which name, and the text that is signed."""

    case_id: str
    occasion: str
    name: str
    text: str


def deliveries(delivered: Delivered, subscriptions: Sequence[Subscription]) -> Iterator[Message]:
    """One delivery of the event to each endpoint that wants it by its own name or by a milestone that it reached."""
    event = delivered.event
    name = str(event.published["type"]).rpartition(".")[0]
    body = Body(case_id=delivered.case.case_id, occasion=event.event_id, name=name, text=_json(event.published))
    for subscription in subscriptions:
        if subscription.wants(name, *event.names):
            yield delivery(body, endpoint_id=subscription.endpoint_id, message_id=delivered.new_id(), now=delivered.now)


def delivery(
    body: Body, *, endpoint_id: str, message_id: str, now: datetime, expires_at: datetime | None = None
) -> Message:
    """A queued delivery of `body`, due at once; after `expires_at` it is no longer made."""
    return Message(
        message_id=message_id,
        identity=Identity(
            case_id=body.case_id,
            occasion=body.occasion,
            rule="",
            recipient=body.name,
            channel=WEBHOOK,
            endpoint_id=endpoint_id,
        ),
        delivery=Delivery.PROVIDER,
        on=body.name,
        template="",
        template_version=0,
        locale="",
        cite="",
        fallback=(),
        address=endpoint_id,
        words=Words(subject=body.name, body=body.text),
        is_rechecked=False,
        state=State.QUEUED,
        attempts=0,
        due_at=now,
        expires_at=expires_at,
    )


def body_of_test(*, org: str, endpoint_id: str, event_id: str, at: datetime) -> Body:
    """The event that shows an endpoint's owner that deliveries arrive and verify; nothing has happened."""
    about = _about(TEST, event_id=event_id, org=org, key=endpoint_id, at=at)._replace(
        aggregate="webhook", aggregate_id=endpoint_id
    )
    text = _json(structured(about, data={"webhook_id": endpoint_id}))
    return Body(case_id=NO_CASE, occasion=event_id, name=TEST, text=text)


def notice_event(message: Message, *, case: Case | None, org: str, at: datetime) -> str:
    """The body of a rule's message over a webhook: that there is one and for whom; its text is fetched with a token."""
    identity = message.identity
    data = {
        "case_id": identity.case_id,
        "number": "" if case is None else case.number,
        "customer_ref": "" if case is None else case.customer_ref,
        "order_ref": None if case is None else case.order_ref,
        "message_id": message.message_id,
        "rule": identity.rule,
        "on": message.on,
        "recipient": identity.recipient,
        "template": message.template,
        "locale": message.locale,
        "cite": message.cite,
    }
    about = _about(NOTICE, event_id=message.message_id, org=org, key=identity.case_id, at=at)
    return _json(structured(about._replace(aggregate="message", aggregate_id=message.message_id), data=data))


def _about(kind: str, *, event_id: str, org: str, key: str, at: datetime) -> About:
    return About(
        id=event_id,
        type=kind,
        source=_SOURCE,
        org=org,
        key=key,
        aggregate="",
        aggregate_id="",
        version=1,
        occurred_at=at,
        correlation_id=event_id,
    )


def _json(event: Mapping[str, object]) -> str:
    """Compact JSON; these bytes are what is signed, so they are kept as text."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
