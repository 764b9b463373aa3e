"""Case events for webhook endpoints: who wants them, and what they do not say."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.messages.rules import Identity, Message, State, Words
from services.notify.webhooks.rules.subscription import (
    Delivered,
    Subscription,
    body_of_test,
    deliveries,
    notice_event,
)
from shared.packs.notify.model.channels import Delivery
from tests.support.notify_cases import CASE_ID, EVENT_ID, NINE, ORG, a_case, a_message, an_event, ids


def delivered(*names: str, events: tuple[str, ...], **data: Any) -> list[Message]:
    fresh = ids()
    return list(
        deliveries(
            Delivered(case=a_case(), event=an_event(*names, **data), now=NINE, new_id=lambda: next(fresh)),
            [Subscription(endpoint_id="endpoint-1", events=events)],
        )
    )


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (("*",), 1),
        (("case.accepted",), 1),
        (("case.accepted", "case.closed"), 1),
        (("case.closed",), 1),
        (("clock.breached",), 0),
        (("notice",), 0),
    ],
)
def test_an_endpoint_gets_what_it_subscribed_to(events: tuple[str, ...], wanted: int) -> None:
    assert len(delivered("case.accepted", "case.closed", events=events)) == wanted


def test_what_is_delivered_is_the_event_as_it_was_published() -> None:
    (message,) = delivered("case.accepted", events=("*",), case_id=CASE_ID, step="analyse")
    assert json.loads(message.words.body) == {
        "id": EVENT_ID, "type": "case.accepted.v1", "data": {"case_id": CASE_ID, "step": "analyse"},
    }  # fmt: skip
    assert (message.state, message.identity.channel, message.address) == (State.QUEUED, "webhook", "endpoint-1")
    assert message.is_subscription


def test_a_delivery_is_due_at_once_however_old_its_event_is() -> None:
    event = replace(an_event(), occurred_at=NINE - timedelta(hours=1))
    passed_on = Delivered(case=a_case(), event=event, now=NINE, new_id=lambda: "id")
    (message,) = deliveries(passed_on, [Subscription(endpoint_id="endpoint-1", events=("*",))])
    assert message.due_at == NINE


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
    assert notice_event(a_message(cite="X-5 第五条"), case=a_case(order_ref="SO-1"), org=ORG, at=NINE) == (
        '{"specversion":"1.0","id":"01890a5d-ac96-774b-bcce-b302099a0a01","source":"/redress/notify","type":"notice",'
        '"subject":"message/01890a5d-ac96-774b-bcce-b302099a0a01","time":"2026-03-16T01:00:00Z",'
        f'"datacontenttype":"application/json","org":"{ORG}","partitionkey":"{CASE_ID}","aggregate":"message",'
        '"aggregateid":"01890a5d-ac96-774b-bcce-b302099a0a01","aggregateversion":1,'
        '"correlationid":"01890a5d-ac96-774b-bcce-b302099a0a01",'
        f'"data":{{"case_id":"{CASE_ID}","number":"O-00001","customer_ref":"C-1","order_ref":"SO-1",'
        '"message_id":"01890a5d-ac96-774b-bcce-b302099a0a01","rule":"tell","on":"case.accepted",'
        '"recipient":"customer","template":"told","locale":"zh-CN","cite":"X-5 第五条"}}'
    )


def test_a_notice_names_the_message_and_not_its_words() -> None:
    body = notice_event(a_message(), case=None, org=ORG, at=NINE)

    assert json.loads(body)["type"] == "notice"
    assert json.loads(body)["data"]["rule"] == "tell"
    assert "华东钢构" not in body
    assert "buyer@customer.example" not in body


def test_a_test_says_that_nothing_happened_and_is_about_no_case() -> None:
    body = body_of_test(org=ORG, endpoint_id="endpoint-1", event_id=EVENT_ID, at=NINE)
    event = json.loads(body.text)
    assert (event["type"], event["subject"], event["data"]) == (
        "webhook.test", "webhook/endpoint-1", {"webhook_id": "endpoint-1"},
    )  # fmt: skip
    assert body.case_id == "00000000-0000-0000-0000-000000000000"
