"""Case events passed on to webhook endpoints that subscribed to them, as CloudEvents 1.0 JSON.

Ids, facts and decisions, never who acted and nothing personal: `withheld` fields stay here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.notify.cases.rules import Case, CaseEvent
from services.notify.messages.rules import Identity, Message, State, Words
from shared.kernel.instants import instant_text
from shared.packs.notify.model.channels import Delivery

ALL: Final = "*"
NOTICE: Final = "notice"
WEBHOOK: Final = "webhook"
"""The channel of subscriptions."""

_WITHHELD: Final = frozenset({"actor", "first_responder", "details", "facts", "milestones"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An active endpoint and the canonical names it wants (`*` for every one, `notice` for rules' messages)."""

    endpoint_id: str
    events: tuple[str, ...]

    def wants(self, name: str) -> bool:
        """True when `name` is subscribed to."""
        return ALL in self.events or name in self.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event of a case that is passed on to endpoints."""

    org: str
    case: Case
    event: CaseEvent
    now: datetime
    new_id: Callable[[], str]


def deliveries(delivered: Delivered, subscriptions: Sequence[Subscription]) -> Iterator[Message]:
    """One delivery per endpoint and canonical name that it wants."""
    for name in delivered.event.names:
        for subscription in subscriptions:
            if subscription.wants(name):
                yield _delivery(delivered, name=name, endpoint_id=subscription.endpoint_id)


def _delivery(delivered: Delivered, *, name: str, endpoint_id: str) -> Message:
    case, event = delivered.case, delivered.event
    body = cloud_event(
        event_id=f"{event.event_id}.{name}",
        name=name,
        org=delivered.org,
        case_id=case.case_id,
        at=event.occurred_at,
        data=_data(case, event),
    )
    return Message(
        message_id=delivered.new_id(),
        identity=Identity(
            case_id=case.case_id,
            occasion=event.event_id,
            rule="",
            recipient=name,
            channel=WEBHOOK,
            endpoint_id=endpoint_id,
        ),
        delivery=Delivery.PROVIDER,
        on=name,
        template="",
        template_version=0,
        locale="",
        cite="",
        fallback=(),
        address=endpoint_id,
        words=Words(subject=name, body=body),
        is_rechecked=False,
        state=State.QUEUED,
        attempts=0,
        due_at=delivered.now,
        expires_at=None,
    )


def notice_event(message: Message, *, org: str, at: datetime) -> str:
    """The body of a rule's message over a webhook: that there is one and for whom; its text is fetched with a token."""
    identity = message.identity
    data = {
        "message_id": message.message_id,
        "case_id": identity.case_id,
        "rule": identity.rule,
        "on": message.on,
        "recipient": identity.recipient,
        "template": message.template,
        "locale": message.locale,
        "cite": message.cite,
    }
    return cloud_event(event_id=message.message_id, name=NOTICE, org=org, case_id=identity.case_id, at=at, data=data)


def cloud_event(*, event_id: str, name: str, org: str, case_id: str, at: datetime, data: Mapping[str, object]) -> str:
    """A structured-mode CloudEvent; these bytes are what is signed, so they are kept as text."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/organisations/{org}",
        "type": name,
        "subject": case_id,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _data(case: Case, event: CaseEvent) -> dict[str, object]:
    return {
        **{name: value for name, value in event.data.items() if name not in _WITHHELD},
        "case_id": case.case_id,
        "number": case.number,
        "case_type": case.case_type,
        "status": case.status,
        "facts": dict(case.facts),
    }
