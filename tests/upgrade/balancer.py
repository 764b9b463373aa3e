"""A balancer before the processes of each service, and the client of it: it repeats nothing, and writes all down.

It sends each request to the next process in rotation. A process is out of rotation while `/health/ready` does not
answer 200, looked at a few times a second, and while it was taken out by hand, as an orchestrator does before it ends
a process.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

import httpx2

from tests.chaos.suite.load import Answers

LOOK_SECONDS: Final = 0.2
_SERVER_ERROR: Final = 500
_BUSY: Final = frozenset({"overloaded", "busy"})


@dataclass(slots=True)
class Journal:
    """What went through: the number of requests, those that were not answered or with another 5xx, and what is in hand."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    """Those that a process put off with 503 and `Retry-After`, because the machine had too much to do."""
    in_hand: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    """Requests by the address that they were sent to."""


class Balancer(Mapping[str, str]):
    """Addresses by service: every look gives the next process in rotation."""

    def __init__(self, addresses: Mapping[str, Sequence[str]]) -> None:
        self.journal = Journal()
        self._addresses = addresses
        self._turns = {service: cycle(urls) for service, urls in addresses.items()}
        self._taken_out: set[str] = set()
        self._unready: set[str] = set()

    def __getitem__(self, service: str) -> str:
        for _ in self._addresses[service]:
            address = next(self._turns[service])
            if address not in self._taken_out | self._unready:
                return address
        return next(self._turns[service])

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)

    def knows(self, address: str) -> bool:
        """Whether a process of ours is there."""
        return any(address in urls for urls in self._addresses.values())

    async def take_out(self, address: str) -> None:
        """Send nothing more there, and return when what is there in hand has been answered."""
        self._taken_out.add(address)
        while self.journal.in_hand[address]:
            await asyncio.sleep(LOOK_SECONDS / 4)

    async def put_back(self, address: str) -> None:
        """Send requests there again, once it was seen to be ready."""
        while address in self._unready:
            await asyncio.sleep(LOOK_SECONDS / 4)
        self._taken_out.discard(address)

    async def until_out(self, address: str) -> None:
        """Return when the process itself has said that it is not ready."""
        while address not in self._unready:
            await asyncio.sleep(LOOK_SECONDS / 4)

    async def watch(self) -> None:
        """Ask every process whether it is ready, again and again, until cancelled; a slow one delays no other."""
        every = [url for urls in self._addresses.values() for url in urls]
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
            await asyncio.gather(*(self._watch(http, url) for url in every))

    async def _watch(self, http: httpx2.AsyncClient, address: str) -> None:
        while True:
            await self._look(http, address)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, http: httpx2.AsyncClient, address: str) -> None:
        try:
            is_ready = (await http.get(f"{address}/health/ready")).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            is_ready = False
        (self._unready.discard if is_ready else self._unready.add)(address)


class Client(Answers):
    """Sends through a balancer; a request that fails is repeated, and stands in the journal."""

    def __init__(self, balancer: Balancer, **options: Any) -> None:
        super().__init__(trust_env=False, **options)
        self._balancer = balancer

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """One try."""
        address = f"{request.url.scheme}://{request.url.netloc.decode()}"
        if not self._balancer.knows(address):
            return await super().send(request, **options)
        journal, what = self._balancer.journal, f"{request.method} {request.url}"
        journal.requests += 1
        journal.of[address] += 1
        journal.in_hand[address] += 1
        try:
            response = await super().send(request, **options)
        except httpx2.TransportError as error:
            journal.failures.append(f"{what}: {type(error).__name__} {error}")
            raise
        finally:
            journal.in_hand[address] -= 1
        if response.status_code >= _SERVER_ERROR:
            wrong = journal.busy if _is_put_off(response) else journal.failures
            wrong.append(f"{what}: {response.status_code} {response.text[:300]}")
        return response


def _is_put_off(response: httpx2.Response) -> bool:
    """Whether it is the answer of a process that goes on, and says when to ask again: none of an upgrade."""
    return (
        response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
        and "retry-after" in response.headers
        and response.json().get("code") in _BUSY
    )
