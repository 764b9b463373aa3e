"""The balancer of the upgrade test hides no failure, and sends nothing to what is out of rotation."""

import asyncio
import http.server
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.chaos.suite.run import meanwhile
from tests.upgrade.balancer import Balancer, Client


class Answering(http.server.ThreadingHTTPServer):
    """Answers with `status`; `/health/ready` with `ready`."""

    status = 200
    ready = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.send_response(self.server.ready if self.path == "/health/ready" else self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def two() -> Iterator[list[Answering]]:
    with ExitStack() as held:
        yield [held.enter_context(answering()) for _ in range(2)]


async def test_requests_go_to_each_process_in_turn(two: list[Answering]) -> None:
    balancer = Balancer({"sla": [server.url for server in two]})
    async with Client(balancer) as client:
        for _ in range(6):
            await client.get(f"{balancer['sla']}/v1/cases")
    assert [balancer.journal.of[server.url] for server in two] == [3, 3]
    assert (balancer.journal.requests, balancer.journal.failures) == (6, [])
    assert set(balancer.journal.in_hand.values()) == {0}


async def test_what_was_taken_out_or_is_not_ready_gets_nothing(two: list[Answering]) -> None:
    first, second = two
    balancer = Balancer({"sla": [first.url, second.url]})
    await balancer.take_out(first.url)
    assert {balancer["sla"] for _ in range(4)} == {second.url}
    await balancer.put_back(first.url)
    second.ready = 503
    async with meanwhile(balancer.watch()):
        await asyncio.wait_for(balancer.until_out(second.url), 10)
        assert {balancer["sla"] for _ in range(4)} == {first.url}
        second.ready = 200
        async with asyncio.timeout(10):
            while {balancer["sla"] for _ in range(4)} == {first.url}:
                await asyncio.sleep(0.05)


async def test_every_failure_stands_in_the_journal(two: list[Answering]) -> None:
    balancer = Balancer({"sla": [two[0].url], "intake": ["http://127.0.0.1:1"]})
    async with Client(balancer) as client:
        two[0].status = 500
        assert (await client.get(f"{balancer['sla']}/v1/cases")).status_code == 500
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get(f"{balancer['intake']}/v1/cases"), 0.5)
    [answered, *refused] = balancer.journal.failures
    assert answered == f"GET {two[0].url}/v1/cases: 500 "
    assert refused
    assert all(line.startswith("GET http://127.0.0.1:1/v1/cases: ConnectError") for line in refused)
    assert balancer.journal.requests == len(balancer.journal.failures)


async def test_what_is_in_hand_is_waited_for() -> None:
    balancer = Balancer({"sla": ["http://sla"]})
    balancer.journal.in_hand["http://sla"] = 1
    taking = asyncio.create_task(balancer.take_out("http://sla"))
    await asyncio.wait({taking}, timeout=0.2)
    assert not taking.done()
    balancer.journal.in_hand["http://sla"] = 0
    await asyncio.wait_for(taking, 5)
