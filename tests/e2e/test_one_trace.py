"""A complaint whose caller continues one trace is one trace: HTTP, outbox, Kafka, inbox, alarm, payment and mail."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from tests.e2e.story import Story
from tests.support.eventually import eventually
from tests.support.otlp import Collector, Received

SERVICES = {"redress-intake", "redress-sla", "redress-settlement", "redress-notify"}


@dataclass
class Trace:
    """The spans of one trace."""

    spans: list[Received]

    def named(self, name: str, *, service: str = "", **attributes: str) -> list[Received]:
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        return [
            span
            for span in self.spans
            if span.name == name and service in ("", span.service) and wanted.items() <= span.attributes.items()
        ]

    def parent(self, span: Received) -> Received:
        [parent] = [each for each in self.spans if each.span_id == span.parent_id]
        return parent


@pytest.fixture(scope="module")
async def paid(story: Story, spans: Collector) -> Trace:
    """The trace of the story's first complaint, which was paid."""

    async def has_been_paid() -> bool:
        return bool(spans.of(redress__payout_id=story.ids["payout_id"]))

    await eventually(has_been_paid)
    [pay, *_] = spans.of(redress__payout_id=story.ids["payout_id"])
    case_id = pay.attributes["redress.case_id"]
    counts: list[int] = []

    async def is_complete() -> bool:
        counts.append(len(spans.of(redress__case_id=case_id)))
        return len(counts) > 100 and len(set(counts[-100:])) == 1

    await eventually(is_complete, within=60)
    # Requests that others make about the case later are in traces of their own.
    work = [span for span in spans.of(redress__case_id=case_id) if span.kind != "server"]
    assert {span.trace_id for span in work} == {pay.trace_id}
    return Trace([span for span in list(spans.spans) if span.trace_id == pay.trace_id])


def the_one(spans: Iterable[Received]) -> Received:
    """What is one span however often it is met: on a slow machine events are published and payments asked for again."""
    [one] = {span.span_id: span for span in spans}.values()
    return one


async def test_all_services_took_part_and_only_the_caller_is_missing(paid: Trace) -> None:
    assert {span.service for span in paid.spans} == SERVICES
    ids = Counter(span.span_id for span in paid.spans)
    assert set(ids.values()) == {1}
    outside = {span.parent_id for span in paid.spans} - set(ids)
    assert len(outside) == 1
    assert {span.kind for span in paid.spans if span.parent_id in outside} == {"server"}


async def test_an_event_goes_from_the_request_through_the_outbox_to_each_consumer(paid: Trace) -> None:
    sends = paid.named("send redress.intake.v1", redress__event_type="case.registered.v1")
    assert {(sent.service, sent.kind) for sent in sends} == {("redress-intake", "producer")}
    request = the_one(paid.parent(sent) for sent in sends)
    assert (request.name, request.kind, request.service) == ("POST /v1/cases", "server", "redress-intake")
    handled = paid.named("process redress.intake.v1", redress__event_type="case.registered.v1")
    assert Counter(span.service for span in handled) == Counter(SERVICES - {"redress-intake"})
    assert {span.kind for span in handled} == {"consumer"}
    assert {span.parent_id for span in handled} <= {sent.span_id for sent in sends}


async def test_an_alarm_belongs_to_what_armed_it_and_is_followed(paid: Trace) -> None:
    alarms = paid.named("alarm warning", service="redress-sla")
    assert alarms
    for alarm in alarms:
        armed_by = paid.parent(alarm)
        assert (armed_by.service, armed_by.kind) in {("redress-sla", "consumer"), ("redress-sla", "server")}
        told = [span for span in paid.named("send redress.sla.v1") if span.parent_id == alarm.span_id]
        assert {span.attributes["redress.event_type"] for span in told} == {"clock.warned.v1"}


async def test_a_payment_belongs_to_the_request_for_it(paid: Trace) -> None:
    pays = paid.named("pay")
    request = the_one(map(paid.parent, pays))
    assert (request.service, request.name) == ("redress-settlement", "POST /v1/remedies/{remedy_id}/payout")
    calls = paid.named("POST /v1/payments")
    assert {call.kind for call in calls} == {"client"}
    assert all(paid.parent(call) in pays for call in calls)
    assert 200 in [call.attributes.get("http.response.status_code") for call in calls]
    told = paid.named("send redress.settlement.v1", redress__event_type="remedy.executed.v1")
    assert the_one(map(paid.parent, told)) in pays


async def test_a_mail_belongs_to_the_event_that_it_tells_and_its_end_is_told(paid: Trace) -> None:
    mails = paid.named("send email", service="redress-notify", redress__verdict="delivered")
    assert mails
    for mail in mails:
        planned_by = paid.parent(mail)
        assert (planned_by.service, planned_by.kind) == ("redress-notify", "consumer")
        told = [span for span in paid.named("send redress.notify.v1") if span.parent_id == mail.span_id]
        assert {span.attributes["redress.event_type"] for span in told} == {"message.sent.v1"}
        [end] = told
        shown = [span for span in paid.named("process redress.notify.v1") if span.parent_id == end.span_id]
        assert "redress-intake" in {span.service for span in shown}


async def test_spans_hold_ids_and_closed_words_only(paid: Trace) -> None:
    said = " ".join(str(value) for span in paid.spans for value in (span.name, *span.attributes.values()))
    assert [word for word in ("江苏", "main-job.example", "边部裂纹", "C-2201", "SO-2026-0117") if word in said] == []
