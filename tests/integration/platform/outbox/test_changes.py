"""The feed of changes: nothing is left out or repeated, whichever transaction commits first; who waits costs no looks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from shared.kernel.ids import OrgId
from shared.platform.changes.waiting import MOST_OF_ORGANISATION
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.http.app import create_app
from shared.platform.maintenance import archive_partitions
from shared.platform.outbox.append import append
from shared.platform.outbox.relay import Relay
from shared.platform.outbox.replay import Filter, replay
from shared.platform.progress import Progress
from shared.platform.settings import BaseServiceSettings
from tests.support.callers import TrustingVerifier, bearer
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import ORG, a_note, publish
from tests.support.settings import OF_A_TEST
from tests.support.statements import statements_of

OTHER = OrgId("01890a5d-ac96-774b-bcce-b302099a8058")
CASE = "01890a5d-ac96-774b-bcce-b302099a0001"


@dataclass(frozen=True)
class Feed:
    app: FastAPI
    client: httpx2.AsyncClient

    async def get(self, *, org: str = ORG, scope: str = "changes:read", **params: Any) -> httpx2.Response:
        claims = params.pop("claims", {})
        return await self.client.get("/v1/changes", headers=bearer(org, scope=scope, **claims), params=params)

    async def page(self, **params: Any) -> tuple[list[str], str, bool]:
        """What the events say, the cursor after them, and whether there is more."""
        answer = await self.get(**params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return [item["data"]["note"] for item in body["items"]], body["next"], body["more"]


@pytest.fixture
async def feed(db: Database, probe_url: str) -> AsyncIterator[Feed]:
    settings = BaseServiceSettings(database_url=probe_url, **OF_A_TEST)
    app = create_app(
        service="probe", settings=settings, db=db, routers=(), progress=Progress(), verifier=TrustingVerifier()
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://probe", timeout=60) as client:
        yield Feed(app, client)


async def drain(relay: Relay) -> None:
    while await relay.run_once():
        pass


async def test_an_event_is_a_cloud_event_as_on_the_topic(db: Database, feed: Feed) -> None:
    await publish(db, a_note(CASE, 7, "hello"))
    await drain(Relay(db, MemoryBroker()))
    [event] = (await feed.get()).json()["items"]
    assert event | {"id": 0, "correlationid": 0} == {
        "specversion": "1.0", "id": 0, "source": "/redress/probe", "type": "note.made.v1", "subject": f"note/{CASE}",
        "time": "2026-03-02T04:00:00Z", "datacontenttype": "application/json", "org": ORG, "partitionkey": CASE,
        "aggregate": "note", "aggregateid": CASE, "aggregateversion": 7, "correlationid": 0, "data": {"note": "hello"},
    }  # fmt: skip


async def test_what_commits_later_comes_later_and_is_not_left_out(db: Database, feed: Feed) -> None:
    relay = Relay(db, MemoryBroker())
    async with transaction(db) as slow:
        await append(slow, [a_note("slow", 1)])
        await publish(db, a_note("fast", 1))
        await drain(relay)
        notes, cursor, _ = await feed.page()
        assert notes == ["fast-1"]
    await drain(relay)
    assert (await feed.page(after=cursor))[0] == ["slow-1"]


async def test_a_relay_waits_for_the_positions_of_one_that_has_not_committed(db: Database, feed: Feed) -> None:
    await publish(db, a_note("a", 1))
    async with transaction(db) as earlier:
        await earlier.rows("UPDATE outbox_feed SET head = head + 5")
        later = asyncio.create_task(Relay(db, MemoryBroker()).run_once())
        done, _ = await asyncio.wait({later}, timeout=0.5)
        assert not done
        notes, cursor, _ = await feed.page()
        assert notes == []
    assert await later == 1
    assert (await feed.page(after=cursor))[0] == ["a-1"]


async def test_many_writers_and_two_relays_and_each_event_is_read_once_in_the_order_of_its_key(
    db: Database, feed: Feed
) -> None:
    keys, versions = [f"case-{number}" for number in range(12)], 20
    written = asyncio.Event()
    seen: list[str] = []

    async def write(key: str) -> None:
        for version in range(1, versions + 1):
            async with transaction(db) as tx:
                await append(tx, [a_note(key, version)])
                await tx.rows("SELECT pg_sleep(random() * 0.01)")

    async def relay() -> None:
        ours = Relay(db, MemoryBroker())
        while not written.is_set() or await ours.run_once():
            await ours.run_once()

    async def read() -> None:
        cursor = None
        while len(seen) < len(keys) * versions:
            notes, cursor, _ = await feed.page(limit=7, wait=5, **({"after": cursor} if cursor else {}))
            seen.extend(notes)

    async def write_all() -> None:
        await asyncio.gather(*map(write, keys))
        written.set()

    async with asyncio.timeout(120):
        await asyncio.gather(write_all(), relay(), relay(), read())
    for key in keys:
        assert [note for note in seen if note.startswith(f"{key}-")] == [f"{key}-{n}" for n in range(1, versions + 1)]
    assert len(seen) == len(keys) * versions


async def test_a_replay_is_not_said_again(db: Database, feed: Feed) -> None:
    relay = Relay(db, MemoryBroker())
    await publish(db, a_note("a", 1))
    await drain(relay)
    _, cursor, _ = await feed.page()
    assert await replay(db, Filter()) == 1
    await drain(relay)
    assert (await feed.page(after=cursor))[0] == []
    assert (await feed.page())[0] == ["a-1"]


async def test_filters_and_the_cursor_moves_past_what_they_leave_out(db: Database, feed: Feed) -> None:
    await publish(db, a_note(CASE, 1), a_note("b", 1), a_note("b", 2, seen=True))
    await drain(Relay(db, MemoryBroker()))
    assert (await feed.page(type="note.seen.v1"))[0] == ["b-2"]
    notes, cursor, more = await feed.page(case_id=CASE)
    assert (notes, more) == ([f"{CASE}-1"], False)
    assert (await feed.page(after=cursor))[0] == []
    notes, cursor, more = await feed.page(limit=2)
    assert (len(notes), more) == (2, True)
    assert (await feed.page(after="newest"))[0] == []


async def test_a_request_waits_for_the_event_of_its_own_organisation(db: Database, feed: Feed) -> None:
    _, cursor, _ = await feed.page()
    waiting = asyncio.create_task(feed.page(after=cursor, wait=20))
    await publish(db, replace(a_note("x", 1), org=OTHER))
    await drain(Relay(db, MemoryBroker()))
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    await publish(db, a_note("a", 1))
    await drain(Relay(db, MemoryBroker()))
    async with asyncio.timeout(10):
        assert (await waiting)[0] == ["a-1"]


async def test_those_who_wait_share_the_looks_and_are_few_of_an_organisation(db: Database, feed: Feed) -> None:
    statements = statements_of(db.engine.sync_engine)
    answers = await asyncio.gather(*(feed.get(wait=1) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    looks = [statement for statement in statements if "FROM outbox_feed" in statement and "page" not in statement]
    assert len(looks) - 20 <= 15

    waiting = [asyncio.create_task(feed.get(wait=3)) for _ in range(MOST_OF_ORGANISATION + 1)]
    answers = await asyncio.gather(*waiting, feed.get(org=OTHER, wait=1))
    assert sorted(answer.status_code for answer in answers) == [200] * (MOST_OF_ORGANISATION + 1) + [503]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 503} == {"overloaded"}


async def test_who_waits_is_let_go_when_the_process_stops(feed: Feed) -> None:
    waiting = asyncio.create_task(feed.page(wait=30))
    await asyncio.wait({waiting}, timeout=0.3)
    feed.app.state.draining = True
    async with asyncio.timeout(5):
        assert (await waiting)[0] == []


async def test_a_cursor_from_before_what_is_kept_is_refused_and_told_where_to_start(db: Database, feed: Feed) -> None:
    await publish(db, a_note("a", 1), a_note("a", 2))
    await drain(Relay(db, MemoryBroker()))
    _, first, _ = await feed.page(limit=1)
    async with db.engine.begin() as conn:
        bounds = "FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')"
        name = "probe.outbox_archive_20200101"
        await conn.execute(text(f"CREATE TABLE {name} PARTITION OF probe.outbox_archive FOR VALUES {bounds}"))
        await conn.execute(text("UPDATE probe.outbox_archive SET published_at = '2020-01-01 12:00:00+00'"))
    await publish(db, a_note("b", 1))
    await drain(Relay(db, MemoryBroker()))
    assert (await feed.page(after=first))[0] == ["a-2", "b-1"]
    await archive_partitions(db)

    refused = await feed.get(after=first)
    assert (refused.status_code, refused.json()["code"]) == (410, "changes_expired")
    assert (await feed.page(after=refused.json()["fields"]["start"]))[0] == ["b-1"]
    assert (await feed.page())[0] == ["b-1"]


@pytest.mark.parametrize("after", ["nonsense", "WyJzbGEiLCIxIl0", "WyJwcm9iZSIsIi0xIl0", "WyJwcm9iZSIsIjk5OSJd"])
async def test_a_cursor_of_another_service_or_of_nobody_is_refused(feed: Feed, after: str) -> None:
    refused = await feed.get(after=after)
    assert (refused.status_code, refused.json()["code"]) == (400, "page_token_invalid")


async def test_only_staff_and_machines_with_the_scope_read_it_and_only_their_organisation(
    db: Database, feed: Feed
) -> None:
    await publish(db, a_note("a", 1))
    await drain(Relay(db, MemoryBroker()))
    assert (await feed.page(org=OTHER))[0] == []
    assert (await feed.get(scope="cases:read")).json()["code"] == "scope_missing"
    customer = await feed.get(claims={"customer_ref": "C-1"})
    assert (customer.status_code, customer.json()["code"]) == (403, "principal_not_admitted")
    assert (await feed.get(wait=31)).status_code == 422
