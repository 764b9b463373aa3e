"""The feed of each service and the webhooks, over HTTP with real tokens: complete, in pages, waited for, one's own only."""

import asyncio
import csv
import json
from io import StringIO
from typing import Any

import pytest

from operate.runtime.databases import SERVICES
from shared.contracts.catalogue import CATALOGUE
from tests.e2e.story import CASE, Story
from tests.support.eventually import eventually


async def read(story: Story, service: str, *, org: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """The whole feed, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        path = f"/v1/changes?limit={limit}{after}"
        answer = await story.send(service, "GET", path, org=org or story.session.organisation)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if not answer.json()["more"]:
            return found
        after = f"&after={answer.json()['next']}"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_feed_says_what_the_service_published_once_and_in_the_order_of_each_case(
    story: Story, service: str
) -> None:
    whole = await read(story, service)
    assert len({event["id"] for event in whole}) == len(whole) > 0
    assert [event["id"] for event in await read(story, service, limit=3)][: len(whole)] == [e["id"] for e in whole]
    ours = {event.contract.TYPE for event in CATALOGUE if event.producer == service}
    assert {event["type"] for event in whole} <= ours - {"party.recorded.v1"}
    versions: dict[str, int] = {}
    for event in whole:
        assert event["aggregateversion"] > versions.get(event["subject"], 0)
        versions[event["subject"]] = event["aggregateversion"]
    about = [event["data"] for event in whole if event["partitionkey"] == story.ids["case_id"]]
    assert {(bool(data["number"]), data["customer_ref"]) for data in about} == {(True, CASE["customer"]["ref"])}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_stranger_reads_nothing_of_it(story: Story, service: str) -> None:
    foreign = await read(story, service, org=story.stranger)
    assert {event["org"] for event in foreign} <= {story.stranger}


async def test_a_request_waits_for_a_case_that_is_registered(story: Story) -> None:
    own = story.session.organisation
    newest = (await story.send("intake", "GET", "/v1/changes?after=newest", org=own)).json()["next"]
    waiting = asyncio.create_task(story.send("intake", "GET", f"/v1/changes?after={newest}&wait=30", org=own))
    case_id = (await story.post("intake", "/v1/cases", CASE))["case_id"]
    [first, *_] = (await waiting).json()["items"]
    assert (first["type"], first["partitionkey"]) == ("case.registered.v1", case_id)


EXPORTS = [("intake", "cases"), ("sla", "clocks"), ("settlement", "payouts"), ("settlement", "ledger")]


@pytest.mark.parametrize(("service", "name"), EXPORTS)
async def test_an_export_is_whole_goes_on_from_any_line_and_says_the_same_as_csv(
    story: Story, service: str, name: str
) -> None:
    own, path = story.session.organisation, f"/v1/exports/{name}"
    whole = await story.send(service, "GET", path, org=own)
    assert whole.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in whole.text.splitlines()]
    assert len({line["cursor"] for line in lines}) == len(lines) > 0
    rest = await story.send(service, "GET", f"{path}?after={lines[0]['cursor']}", org=own)
    assert [json.loads(line) for line in rest.text.splitlines()] == lines[1:]

    as_csv = await story.send(service, "GET", f"{path}?format=csv", org=own)
    assert as_csv.content.startswith(b"\xef\xbb\xbf")
    read_back = list(csv.DictReader(StringIO(as_csv.content.decode("utf-8-sig"), newline="")))
    assert [row["cursor"] for row in read_back] == [line["cursor"] for line in lines]
    assert set(read_back[0]) == set(lines[0])
    foreign = await story.send(service, "GET", path, org=story.stranger)
    assert not {line["cursor"] for line in lines} & {json.loads(line)["cursor"] for line in foreign.text.splitlines()}


async def test_a_test_of_a_webhook_arrives_signed_and_is_made_again(story: Story) -> None:
    webhook_id = story.ids["webhook_id"]
    # Another test may have rotated the secret: the receiver is told the newest.
    rotated = await story.post("notify", f"/v1/webhooks/{webhook_id}/rotate", {})
    await story.session.set_webhook_secret(rotated["secret"])
    sent = (await story.post("notify", f"/v1/webhooks/{webhook_id}/test"))["message_id"]

    async def deliveries() -> list[dict[str, Any]]:
        url = f"{story.session.stack.webhook_sink}/deliveries"
        page = await story.session.sink(url, params={"receiver": story.session.organisation})
        return [each for each in page["deliveries"] if each["headers"]["webhook-id"] == sent]

    async def came(times: int) -> bool:
        return len(await deliveries()) == times

    await eventually(lambda: came(1), within=60)
    [delivery] = await deliveries()
    assert (delivery["verified"], json.loads(delivery["body"])["type"]) == (True, "webhook.test")

    async def is_sent() -> bool:
        path = f"/v1/webhooks/{webhook_id}/deliveries?event=webhook.test&state=sent"
        return sent in {item["message_id"] for item in (await story.get("notify", path))["items"]}

    await eventually(is_sent, within=60)
    again = await story.post("notify", f"/v1/webhooks/{webhook_id}/deliveries/{sent}/redeliver")
    assert again == {"redelivered": 1}
    await eventually(lambda: came(2), within=60)
