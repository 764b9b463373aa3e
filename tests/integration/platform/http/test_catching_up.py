"""A request waits for what it relies on, over PostgreSQL: until the event is handled, up to a bound, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from shared.contracts import topics
from shared.contracts.envelope import Contract, Envelope
from shared.kernel.clock import SystemClock
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.http.catching_up import CatchingUp
from shared.platform.http.waiting import LOOK_EVERY_SECONDS, Patience
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.drain import Drain
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from shared.platform.position import HEADER, Entry, from_text, to_text
from tests.integration.platform.http.conftest import KERNEL, NOTE, Toy, build
from tests.support.old_ids import aged
from tests.support.probe import NoteMadeV1
from tests.support.statements import statements_of

SHORT = Patience(seconds=0.3)


class Inbox:
    """The toy's consumer of intake's topic; events that say "poison" cannot be handled until `healed`."""

    def __init__(self, toy: Toy) -> None:
        self._toy = toy
        self._offset = 0
        self.healed = False
        retry = RetryPolicy(attempts=1, first_pause_seconds=0.001)
        handlers: dict[type[Contract], Any] = {NoteMadeV1: self._handle}
        self._processor = Processor(toy.db, consumer="toy.cases", routes=routes_of(handlers), retry=retry)
        self.drain = Drain({"toy.cases": routes_of(handlers)})

    async def receive(self, entry: Entry, note: str = "fine") -> None:
        """Take one event of the topic."""
        self._offset += 1
        event = Attributes(
            id=EventId(new_id()),
            type=NoteMadeV1.TYPE,
            org=OrgId(entry.org),
            key=entry.key,
            aggregate=entry.aggregate,
            aggregate_id=entry.aggregate_id,
            version=entry.version,
            occurred_at=datetime(2026, 3, 2, tzinfo=UTC),
            correlation_id="c",
            traceparent=None,
        )
        headers = headers_of(event, source=b"/redress/intake")
        value = f'{{"note":"{note}"}}'.encode()
        await self._processor.process([Record(topics.INTAKE, 0, self._offset, entry.key.encode(), value, headers, 0)])

    async def _handle(self, tx: Transaction, event: Envelope[NoteMadeV1]) -> None:
        if event.data.note == "poison" and not self.healed:
            raise RuntimeError("cannot be handled")
        await tx.execute(insert(NOTE).values(org_id=event.org, text=event.key))


@pytest.fixture
def inbox(toy: Toy) -> Inbox:
    return Inbox(toy)


@pytest.fixture
def entry(toy: Toy) -> Entry:
    case_id = new_id()
    return Entry(toy.org, topics.INTAKE, case_id, "case", case_id, 1)


def patient(toy: Toy, patience: Patience, app: FastAPI | None = None) -> None:
    app = app or toy.app
    app.state.catching_up = CatchingUp(toy.db, service="toy", subscribes=app.state.subscribes, patience=patience)


async def ask(toy: Toy, *entries: Entry, client: httpx2.AsyncClient | None = None, **claims: Any) -> httpx2.Response:
    headers = toy.headers(**claims) | {HEADER: to_text(entries)}
    return await (client or toy.client).get(f"/v1/notes/{new_id()}", headers=headers)


async def of_case(toy: Toy, case_id: str, **claims: Any) -> httpx2.Response:
    headers = toy.headers(key=new_id(), **claims)
    return await toy.client.post(f"/v1/cases/{case_id}/known", content='{"text":"a"}', headers=headers)


@asynccontextmanager
async def second_process(toy: Toy) -> AsyncIterator[httpx2.AsyncClient]:
    """Another process of the service on the same database."""
    app = build(toy.settings, toy.db)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        yield client


def refused(response: httpx2.Response) -> bool:
    body = response.json()
    return (
        (response.status_code, body["code"], response.headers.get("retry-after")) == (409, "not_caught_up", "1")
        and body["fields"] == {"topics": [topics.INTAKE]}
        and body["cite"] is None
    )


async def test_what_was_handled_costs_one_statement_once(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    newer = entry._replace(version=entry.version + 1)
    await inbox.receive(entry)
    await inbox.receive(newer)
    assert (await ask(toy, entry)).status_code == 200
    statements = statements_of(toy.db.engine.sync_engine)
    assert (await ask(toy, entry, newer)).status_code == 200
    assert len(statements) == 1
    assert (await ask(toy, entry, newer)).status_code == 200
    assert len(statements) == 1
    assert (await toy.client.get(f"/v1/notes/{new_id()}", headers=toy.headers())).status_code == 200
    assert len(statements) == 1


async def test_the_request_waits_until_the_event_is_handled(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    request = asyncio.ensure_future(ask(toy, entry))
    done, _ = await asyncio.wait({request}, timeout=0.1)
    assert not done
    await inbox.receive(entry)
    assert (await request).status_code == 200


async def test_it_is_refused_after_the_bound(toy: Toy, entry: Entry) -> None:
    patient(toy, SHORT)
    assert refused(await ask(toy, entry))
    assert SHORT.seconds < Patience().seconds == 2.0


async def test_a_newer_version_than_the_one_handled_is_waited_for(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    patient(toy, SHORT)
    await inbox.receive(entry._replace(version=7))
    assert (await ask(toy, entry._replace(version=7))).status_code == 200
    assert refused(await ask(toy, entry._replace(version=8)))


async def test_a_parked_event_counts_as_not_handled_and_so_do_those_behind_it(
    toy: Toy, inbox: Inbox, entry: Entry
) -> None:
    patient(toy, SHORT)
    await inbox.receive(entry)
    await inbox.receive(entry._replace(version=2), "poison")
    await inbox.receive(entry._replace(version=3))
    assert (await ask(toy, entry)).status_code == 200
    assert refused(await ask(toy, entry._replace(version=2)))
    request = asyncio.ensure_future(ask(toy, entry._replace(version=3)))
    inbox.healed = True
    async with toy.db.engine.begin() as conn:
        await conn.execute(KERNEL.parked_key.update().values(state="replaying"))
    while await inbox.drain.run(toy.db):
        pass
    assert (await request).status_code == 200


async def test_of_a_foreign_organisation_and_of_topics_not_consumed_nothing_is_waited_for(
    toy: Toy, entry: Entry
) -> None:
    elsewhere = entry._replace(topic=topics.NOTIFY)
    assert (await ask(toy, entry._replace(org=toy.simulated_org), elsewhere)).status_code == 200
    assert (await ask(toy, entry, org=toy.simulated_org)).status_code == 200


async def test_another_organisation_with_the_same_ids_does_not_count(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    patient(toy, SHORT)
    await inbox.receive(entry._replace(org=toy.simulated_org))
    assert refused(await ask(toy, entry))


@pytest.mark.parametrize("text", ["?", "AQAAA", "AQ" * 3000])
async def test_what_no_service_wrote_is_400(toy: Toy, text: str) -> None:
    response = await toy.client.get(f"/v1/notes/{new_id()}", headers=toy.headers() | {HEADER: text})
    assert (response.status_code, response.json()["code"]) == (400, "position_invalid")


async def test_the_token_comes_first(toy: Toy, entry: Entry) -> None:
    headers = {HEADER: to_text((entry,))}
    assert (await toy.client.get(f"/v1/notes/{new_id()}", headers=headers)).status_code == 401
    assert (await ask(toy, entry, scopes="")).status_code == 403


async def test_those_that_wait_hold_no_place_and_share_their_looks(toy: Toy, entry: Entry) -> None:
    """Places for two; six requests wait, and a seventh is served meanwhile."""
    app = build(toy.settings.model_copy(update={"requests_at_once": 2, "max_waiting": 8}), toy.db)
    patient(toy, Patience(seconds=1.0), app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        waiting = [asyncio.ensure_future(ask(toy, entry, client=client)) for _ in range(6)]
        done, _ = await asyncio.wait(waiting, timeout=0.2)
        assert not done
        statements = statements_of(toy.db.engine.sync_engine)
        assert (await client.get(f"/v1/notes/{new_id()}", headers=toy.headers())).status_code == 200
        assert all(map(refused, await asyncio.gather(*waiting)))
        assert 0 < len(statements) <= 1.0 / LOOK_EVERY_SECONDS


async def test_too_many_of_an_organisation_or_in_all_are_refused_at_once(toy: Toy, entry: Entry) -> None:
    patient(toy, Patience(seconds=1.0, of_organisation=2, in_all=3))
    theirs = entry._replace(org=toy.simulated_org)
    ours = [asyncio.ensure_future(ask(toy, entry)) for _ in range(3)]
    [early], _ = await asyncio.wait(ours, return_when=asyncio.FIRST_COMPLETED)
    assert refused(early.result())
    others = [asyncio.ensure_future(ask(toy, theirs, org=toy.simulated_org)) for _ in range(2)]
    [early], _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
    assert refused(early.result())
    await asyncio.gather(*ours, *others)
    assert refused(await ask(toy, entry))


async def test_either_of_two_processes_sees_what_one_of_them_handled(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    async with second_process(toy) as other:
        requests = [asyncio.ensure_future(ask(toy, entry, client=client)) for client in (toy.client, other)]
        done, _ = await asyncio.wait(requests, timeout=0.1)
        assert not done
        await inbox.receive(entry)
        assert [response.status_code for response in await asyncio.gather(*requests)] == [200, 200]


async def test_a_write_answers_with_the_position_that_it_was_sent_and_so_does_its_repetition(
    toy: Toy, inbox: Inbox, entry: Entry
) -> None:
    await inbox.receive(entry)
    own = Entry(toy.org, topics.SLA, entry.key, "clock", new_id(), 4)
    headers = toy.headers(key="k") | {HEADER: to_text((own, entry))}
    first = await toy.client.post("/v1/notes", content='{"text":"a"}', headers=headers)
    again = await toy.client.post("/v1/notes", content='{"text":"a"}', headers=toy.headers(key="k"))
    assert from_text([first.headers[HEADER]]) == (own, entry)
    assert again.headers[HEADER] == first.headers[HEADER]
    assert (await toy.note('{"text":"b"}', key="l")).headers[HEADER] == "AQ"


async def test_a_case_registered_just_now_is_waited_for(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    request = asyncio.ensure_future(of_case(toy, entry.key))
    done, _ = await asyncio.wait({request}, timeout=0.1)
    assert not done
    await inbox.receive(entry)
    assert (await request).status_code == 201


async def test_absent_and_foreign_cases_of_just_now_are_answered_alike(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    patient(toy, SHORT)
    await inbox.receive(entry)
    foreign, absent = await of_case(toy, entry.key, org=toy.simulated_org), await of_case(toy, new_id())
    assert refused(foreign)
    assert refused(absent)
    assert (await of_case(toy, entry.key)).status_code == 201


def made(at: datetime) -> str:
    """A UUIDv7 of that instant."""
    return aged(new_id(), milliseconds=int(at.timestamp() * 1000))


@pytest.mark.parametrize(
    "case_id",
    [
        made(SystemClock().now() - timedelta(hours=1)),
        made(SystemClock().now() + timedelta(hours=1)),
        "9f1b4f6e-6d0c-4b8e-9d3c-0123456789ab",
    ],
    ids=["in the past", "in the future", "no UUIDv7"],
)
async def test_a_case_of_another_time_is_404_at_once(toy: Toy, case_id: str) -> None:
    assert (await of_case(toy, case_id)).status_code == 404


async def test_a_known_case_without_the_thing_is_404_without_a_wait(toy: Toy, inbox: Inbox, entry: Entry) -> None:
    """Its registration was handled, so what is absent is absent."""
    other = entry._replace(org=toy.simulated_org)
    await inbox.receive(other)
    async with toy.db.engine.begin() as conn:
        await conn.execute(NOTE.delete())
    patient(toy, Patience(seconds=30.0))
    async with asyncio.timeout(5):
        assert (await of_case(toy, entry.key, org=toy.simulated_org)).status_code == 404
