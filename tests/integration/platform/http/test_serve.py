"""A real process: it starts without Kafka, serves, and ends in order and in time."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import text

from tests.support.otlp import collector, silent_collector

PROGRAM = Path(__file__).with_name("toy_process.py")
ROOT = Path(__file__).parents[3]


def issuers(key_file: str) -> str:
    return json.dumps([{"issuer": "redress-dev", "key_file": key_file}])


@asynccontextmanager
async def process(toy: Any, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {
        "REDRESS_DATABASE_URL": toy.settings.database_url,
        "REDRESS_KAFKA": "127.0.0.1:1",
        "REDRESS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "REDRESS_HOST": "127.0.0.1",
        "REDRESS_HTTP_PORT": str(port),
        "REDRESS_MODE": "test",
        "REDRESS_JWT_ISSUERS": issuers(str(toy.settings.jwt_issuers[0].key_file)),
        "REDRESS_LINK_KEYS": b64encode(bytes(32)).decode(),
        "REDRESS_DRAIN_SECONDS": "0",
        "PYTHONPATH": str(ROOT),
    }
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        env={name: value for name, value in {**os.environ, **settings, **environment}.items() if value},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started, f"http://127.0.0.1:{port}"
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def until_live(client: httpx2.AsyncClient, url: str, running: asyncio.subprocess.Process) -> None:
    for _ in range(600):
        assert running.returncode is None
        try:
            if (await client.get(f"{url}/health/live")).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("not live in 30 s")


async def notes(toy: Any) -> list[str]:
    async with toy.db.engine.connect() as conn:
        return list((await conn.execute(text("SELECT text FROM toy.note ORDER BY seq"))).scalars())


async def test_sigterm_under_load_finishes_what_was_taken_and_then_the_worker(toy: Any) -> None:
    async with process(toy) as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        posts = [
            asyncio.create_task(
                client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key=f"k{number}"))
            )
            for number in range(10)
        ]
        await asyncio.sleep(0.15)
        running.send_signal(signal.SIGTERM)
        responses = await asyncio.gather(*posts)
        output, _ = await asyncio.wait_for(running.communicate(), 15)
    assert [response.status_code for response in responses] == [201] * 10
    assert running.returncode == 0
    assert await notes(toy) == ["n"] * 10 + ["last words"]
    lines = [orjson.loads(line) for line in output.splitlines()]
    assert lines[0]["event"] == "service.started"
    assert lines[-1]["event"] == "service.stopped"
    assert {line["status"] for line in lines if line["event"] == "http.answered"} == {201}


async def test_after_sigterm_a_process_answers_until_balancers_have_noticed(toy: Any) -> None:
    """Each answer ends its connection, so that clients that keep connections open go elsewhere too."""
    async with process(toy, REDRESS_DRAIN_SECONDS="60") as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        before = await client.get(f"{url}/health/live")
        running.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while (seen := await client.get(f"{url}/health/ready")).status_code == 200:
                pass
        posted = await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key="k"))
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 15) == 0
    assert seen.json() == {"status": "failing", "reasons": {"process": "draining"}}
    assert (posted.status_code, posted.headers["connection"]) == (201, "close")
    assert "connection" not in before.headers
    assert await notes(toy) == ["n", "last words"]


async def test_the_time_of_draining_ends_by_itself_and_a_worker_has_none(toy: Any) -> None:
    ended: dict[str, float] = {}
    for role, seconds in {"api": "2", "worker": "60"}.items():
        settings = {"REDRESS_ROLE": role, "REDRESS_DRAIN_SECONDS": seconds}
        async with process(toy, **settings) as (running, url), httpx2.AsyncClient(timeout=10) as client:
            await until_live(client, url, running)
            began = time.monotonic()
            running.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(running.wait(), 30) == 0
            ended[role] = time.monotonic() - began
    assert 2 <= ended["api"] < 30
    assert ended["worker"] < 30


async def test_a_worker_takes_nothing_before_its_schema_is_migrated(toy: Any) -> None:
    async with process(toy, REDRESS_CODE_IS_NEWER="1") as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        seen = await client.get(f"{url}/health/ready")
        assert (seen.status_code, seen.json()["reasons"]) == (503, {"schema": "migrations are pending"})
        assert await notes(toy) == []
        async with toy.db.engine.begin() as conn:
            await conn.execute(text("UPDATE toy.alembic_version SET version_num = '0002_newer'"))
        async with asyncio.timeout(15):
            while await notes(toy) != ["first words"]:
                await asyncio.sleep(0.05)
        assert (await client.get(f"{url}/health/ready")).status_code == 200
        running.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(running.communicate(), 15)
    waits = [line for line in map(orjson.loads, output.splitlines()) if line["event"] == "worker.waits"]
    assert [line["reason"] for line in waits] == ["migrations are pending"]


async def test_a_worker_that_never_began_ends_at_once(toy: Any) -> None:
    async with process(toy, REDRESS_CODE_IS_NEWER="1") as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 15) == 0
    assert await notes(toy) == []


async def test_a_worker_that_hangs_does_not_keep_the_process(toy: Any) -> None:
    hangs = {"REDRESS_WORKER_HANGS": "1", "REDRESS_SHUTDOWN_SECONDS": "1"}
    async with process(toy, **hangs) as (running, url), httpx2.AsyncClient() as client:
        await until_live(client, url, running)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        await asyncio.wait_for(running.wait(), 30)
    assert time.monotonic() - began < 15


async def test_a_worker_that_fails_ends_the_process_with_an_error(toy: Any) -> None:
    async with process(toy, REDRESS_WORKER_FAILS="1") as (running, _):
        output, _errors = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 1
    failed = [line for line in map(orjson.loads, output.splitlines()) if line["event"] == "service.failed"]
    assert failed[0]["error_type"] == "RuntimeError"


async def test_the_last_spans_reach_the_collector_before_the_process_ends(toy: Any) -> None:
    with collector() as receiver:
        endpoint = {"REDRESS_OTLP_ENDPOINT": receiver.url}
        async with process(toy, **endpoint) as (running, url), httpx2.AsyncClient(timeout=10) as client:
            await until_live(client, url, running)
            headers = {**toy.headers(key="k"), "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
            assert (await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=headers)).status_code == 201
            running.send_signal(signal.SIGTERM)
            output, _ = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 0
    [span] = receiver.of(http__route="/v1/notes")
    assert (span.service, span.name, span.kind) == ("redress-toy", "POST /v1/notes", "server")
    assert (span.trace_id, span.parent_id) == ("a" * 32, "b" * 16)
    assert span.attributes["http.response.status_code"] == 201
    [line] = [line for line in map(orjson.loads, output.splitlines()) if line["event"] == "http.answered"]
    assert (line["trace_id"], line["span_id"]) == (span.trace_id, span.span_id)
    assert receiver.of(http__route="/health/live") == []


@pytest.mark.parametrize("listens", [True, False])
async def test_without_an_answer_of_the_collector_requests_are_answered_and_the_process_ends(
    toy: Any, *, listens: bool
) -> None:
    with silent_collector() as silent:
        endpoint = {"REDRESS_OTLP_ENDPOINT": silent if listens else "http://127.0.0.1:1"}
        async with process(toy, **endpoint) as (running, url), httpx2.AsyncClient(timeout=10) as client:
            await until_live(client, url, running)
            for number in range(20):
                posted = await client.post(
                    f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key=f"k{number}")
                )
                assert posted.status_code == 201
            running.send_signal(signal.SIGTERM)
            await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 0
    assert await notes(toy) == ["n"] * 20 + ["last words"]


async def test_the_date_of_the_answers_goes_on_and_a_process_at_rest_ends(toy: Any) -> None:
    async with process(toy, REDRESS_ROLE="api") as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        dates: set[str] = set()
        async with asyncio.timeout(20):
            while len(dates) < 3:
                dates.add((await client.get(f"{url}/health/live")).headers["date"])
                await asyncio.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        await asyncio.wait_for(running.communicate(), 15)
    assert running.returncode == 0


async def test_the_api_role_has_no_worker_and_no_server_header(toy: Any) -> None:
    async with process(toy, REDRESS_ROLE="api") as (running, url), httpx2.AsyncClient() as client:
        await until_live(client, url, running)
        response = await client.get(f"{url}/nothing")
        assert "server" not in response.headers
        assert response.headers["content-type"] == "application/problem+json"
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 15) == 0
    assert await notes(toy) == []


async def test_a_client_that_leaves_does_not_undo_what_it_asked_for(toy: Any) -> None:
    async with process(toy) as (running, url), httpx2.AsyncClient() as client:
        await until_live(client, url, running)
        with pytest.raises(httpx2.ReadTimeout):
            await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key="k"), timeout=0.1)
        await asyncio.sleep(0.6)
        assert await notes(toy) == ["n"]
        again = await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key="k"))
        assert again.headers["idempotency-replayed"] == "true"


async def test_a_body_far_beyond_the_limit_is_cut_off(toy: Any) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100_000):
            yield b"x" * 65536

    async with process(toy) as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        try:
            response = await client.post(f"{url}/v1/notes", content=endless(), headers=toy.headers(key="k"))
            assert response.status_code == 413
        except httpx2.TransportError:
            pass
        assert (await client.get(f"{url}/health/live")).status_code == 200


async def test_a_missing_setting_stops_the_start(toy: Any) -> None:
    async with process(toy, REDRESS_JWT_ISSUERS=issuers("/nowhere.pem")) as (running, _):
        await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 1


async def test_every_missing_setting_is_named_at_once_and_no_value_is_repeated(toy: Any) -> None:
    missing = {"REDRESS_JWT_ISSUERS": "", "REDRESS_KAFKA_SECURITY_PROTOCOL": "", "REDRESS_HOST": ""}
    async with process(toy, **missing, REDRESS_DATABASE_URL="mysql://u:secret@db/x") as (running, _):
        _, said = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 78
    for name in (*missing, "REDRESS_DATABASE_URL"):
        assert f"redress toy does not start: {name}".encode() in said
    assert b"secret" not in said
    assert b"Traceback" not in said
