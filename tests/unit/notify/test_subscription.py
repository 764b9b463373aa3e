"""Case events for webhook endpoints: who wants them, and what they do not say."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.messages.rules import Identity, Message, State, Words
from services.notify.webhooks.rules.subscription import Delivered, Subscription, deliveries, notice_event
from shared.packs.notify.model.channels import Delivery
from tests.support.notify_cases import CASE_ID, EVENT_ID, NINE, ORG, a_case, a_message, an_event, ids


def delivered(*names: str, events: tuple[str, ...], **data: Any) -> list[Message]:
    fresh = ids()
    return list(
        deliveries(
            Delivered(org=ORG, case=a_case(), event=an_event(*names, **data), now=NINE, new_id=lambda: next(fresh)),
            [Subscription(endpoint_id="endpoint-1", events=events)],
        )
    )


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (("*",), 2),
        (("case.accepted",), 1),
        (("case.accepted", "case.closed"), 2),
        (("clock.breached",), 0),
        (("notice",), 0),
    ],
)
def test_an_endpoint_gets_what_it_subscribed_to(events: tuple[str, ...], wanted: int) -> None:
    assert len(delivered("case.accepted", "case.closed", events=events)) == wanted


def test_a_delivery_is_a_cloud_event_with_ids_and_facts() -> None:
    data = {
        "case_id": CASE_ID, "step": "analyse", "actor": {"subject": "chen", "roles": []}, "first_responder": "chen",
        "details": {"opinion": "张三说"}, "facts": {"severity": "normal"}, "milestones": ["case.accepted"],
    }  # fmt: skip
    (message,) = delivered("case.accepted", events=("*",), **data)

    assert json.loads(message.words.body) == {
        "specversion": "1.0",
        "id": f"{EVENT_ID}.case.accepted",
        "source": f"/organisations/{ORG}",
        "type": "case.accepted",
        "subject": CASE_ID,
        "time": "2026-03-16T01:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "case_id": CASE_ID,
            "step": "analyse",
            "number": "O-00001",
            "case_type": "objection",
            "status": "open",
            "facts": {"severity": "major", "product": None},
        },
    }
    assert (message.state, message.identity.channel, message.address) == (State.QUEUED, "webhook", "endpoint-1")
    assert message.is_subscription


def test_a_delivery_is_due_at_once_however_old_its_event_is() -> None:
    event = replace(an_event(), occurred_at=NINE - timedelta(hours=1))
    passed_on = Delivered(org=ORG, case=a_case(), event=event, now=NINE, new_id=lambda: "id")
    (message,) = deliveries(passed_on, [Subscription(endpoint_id="endpoint-1", events=("*",))])
    assert message.due_at == NINE
    assert json.loads(message.words.body)["time"] == "2026-03-16T00:00:00Z"


def test_a_delivery_is_a_queued_message_of_no_rule_to_its_endpoint() -> None:
    (message,) = delivered("case.accepted", events=("*",))
    assert message == Message(
        message_id="message-1",
        identity=Identity(
            case_id=CASE_ID,
            occasion=EVENT_ID,
            rule="",
            recipient="case.accepted",
            channel="webhook",
            endpoint_id="endpoint-1",
        ),
        delivery=Delivery.PROVIDER,
        on="case.accepted",
        template="",
        template_version=0,
        locale="",
        cite="",
        fallback=(),
        address="endpoint-1",
        words=Words(subject="case.accepted", body=message.words.body),
        is_rechecked=False,
        state=State.QUEUED,
        attempts=0,
        due_at=NINE,
        expires_at=None,
    )


def test_what_is_signed_is_compact_json_in_utf_8_and_a_notice_says_where_its_text_is_found() -> None:
    assert notice_event(a_message(cite="X-5 第五条"), org=ORG, at=NINE) == (
        '{"specversion":"1.0","id":"01890a5d-ac96-774b-bcce-b302099a0a01",'
        f'"source":"/organisations/{ORG}","type":"notice","subject":"{CASE_ID}","time":"2026-03-16T01:00:00Z",'
        '"datacontenttype":"application/json","data":{"message_id":"01890a5d-ac96-774b-bcce-b302099a0a01",'
        f'"case_id":"{CASE_ID}","rule":"tell","on":"case.accepted","recipient":"customer","template":"told",'
        '"locale":"zh-CN","cite":"X-5 第五条"}}'
    )


def test_a_notice_names_the_message_and_not_its_words() -> None:
    body = notice_event(a_message(), org=ORG, at=NINE)

    assert json.loads(body)["type"] == "notice"
    assert json.loads(body)["data"]["rule"] == "tell"
    assert "华东钢构" not in body
    assert "buyer@customer.example" not in body
