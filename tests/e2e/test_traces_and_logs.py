"""One request can be followed through HTTP, outbox, Kafka, handler and the next outbox; logs and events hold no person."""

import json
from typing import Any

import asyncpg
import orjson
import pytest

from operate.log_lines import last_objects
from operate.runtime.databases import SERVICES, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack
from operate.scenarios.quiescence import settle
from shared.contracts.intake import PartyRecordedV1
from tests.e2e.story import CONTACT, CUSTOMER, Story
from tests.support.eventually import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
# What people are called and said in the story: names, addresses, numbers, opinions, findings, reasons.
PERSONAL = [
    "江苏某机械有限公司", "buyer@main-job.example", CUSTOMER["name"], CUSTOMER["email"], CUSTOMER["phone"], "于经理", CONTACT["summary"],
    "李经理", "王工", "边部裂纹", "整批受影响", "用户董事会", "划伤",
]  # fmt: skip


async def published(stack: Stack, where: str, *values: object) -> list[asyncpg.Record]:
    """Events of all services in the order in which they were written."""
    connection = await asyncpg.connect(with_database(admin_url(stack), "redress"))
    found = []
    for service in SERVICES:
        found += await connection.fetch(
            f"SELECT '{service}' AS service, type, correlation_id, traceparent, payload FROM {service}.outbox_archive WHERE {where}",
            *values,
        )
    await connection.close()
    return found


async def test_one_request_is_followed_through_all_services(e2e_stack: Stack, story: Story) -> None:
    headers = {"X-Correlation-Id": "erp-call-4711", "Traceparent": f"00-{TRACE}-{SPAN}-01"}
    case_id = story.ids["case_id"]
    await story.step(case_id, "dispatch_visit", {"staff": "王工"}, headers=headers)
    await settle(story.session)

    events = await published(e2e_stack, "correlation_id = $1", "erp-call-4711")
    by_service = {service: {event["type"] for event in events if event["service"] == service} for service in SERVICES}
    assert by_service["intake"] == {"case.advanced.v1"}
    assert "clock.stopped.v1" in by_service["sla"]
    assert "message.sent.v1" in by_service["notify"]
    spans = [event["traceparent"].split("-") for event in events]
    assert {(version, trace) for version, trace, _, _ in spans} == {("00", TRACE)}
    assert SPAN not in {span for _, _, span, _ in spans}
    of_request = {event["traceparent"] for event in events if event["service"] == "intake"}
    of_handlers = {event["traceparent"] for event in events if event["service"] != "intake"}
    assert len(of_request) == 1
    assert not of_request & of_handlers


async def test_every_log_line_is_json_and_names_nobody(e2e_stack: Stack, story: Story) -> None:
    await settle(story.session)
    for service in SERVICES:
        text = (e2e_stack.layout.logs / f"{service}.log").read_text(encoding="utf-8")
        lines = [orjson.loads(line) for line in text.splitlines()]

        assert lines
        assert {line["service"] for line in lines} == {service}
        said = orjson.dumps(lines).decode()
        assert [word for word in PERSONAL if word in said] == []


async def test_logs_of_all_parts_are_printed_as_objects_that_name_their_part(e2e_stack: Stack, story: Story) -> None:
    files = [file for file in sorted(e2e_stack.layout.logs.glob("*.log")) if file.stat().st_size]

    shown = [json.loads(line) for line in last_objects(files, lines=50)]

    assert {line["part"] for line in shown} == {file.stem for file in files} >= {*SERVICES, "kafka", "postgres"}
    assert {line["service"] for line in shown if line["part"] in SERVICES} == set(SERVICES)
    assert all("text" in line for line in shown if line["part"] == "kafka")


async def test_log_lines_of_a_request_carry_its_ids(e2e_stack: Stack, story: Story) -> None:
    headers = {
        "X-Request-Id": "request-4712",
        "X-Correlation-Id": "erp-call-4712",
        "Traceparent": f"00-{TRACE}-{SPAN}-01",
    }
    await story.post("intake", "/v1/contacts", CONTACT, headers=headers)

    def lines() -> list[dict[str, Any]]:
        text = (e2e_stack.layout.logs / "intake.log").read_text(encoding="utf-8")
        return [line for line in map(orjson.loads, text.splitlines()) if line.get("request_id") == "request-4712"]

    async def is_logged() -> bool:
        return bool(lines())

    await eventually(is_logged)
    [line] = lines()
    assert line["event"] == "http.answered"
    assert line["route"] == "/v1/contacts"
    assert (line["status"], line["correlation_id"], line["trace_id"]) == (201, "erp-call-4712", TRACE)
    assert len(line["span_id"]) == 16
    assert line["span_id"] != SPAN
    assert line["org"] == story.session.organisation


@pytest.mark.parametrize("word", [CUSTOMER["email"], CUSTOMER["phone"], CUSTOMER["name"], "于经理", "王工"])
async def test_people_are_in_no_event_but_the_one_that_notify_needs(e2e_stack: Stack, story: Story, word: str) -> None:
    await settle(story.session)

    events = await published(e2e_stack, "payload::text LIKE '%' || $1 || '%'", word)

    assert {event["type"] for event in events} <= {PartyRecordedV1.TYPE}
