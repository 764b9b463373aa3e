"""From POST to the customer's message in the mail server's hands, at a steady fifty complaints a second."""

import asyncio
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from operate.runtime.stack import Stack
from operate.scenarios.stack import of_running
from tests.bench.organisation import Customerwise, on_the_real_clock

PER_SECOND, SECONDS = 50, 20
AIM_P99_SECONDS = 1.0
PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles in seconds; `lost` messages never came."""

    name: str
    p50: float
    p99: float
    most: float
    messages: int
    lost: int
    aim: float

    @property
    def met(self) -> bool:
        return self.p99 < self.aim and not self.lost

    def line(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name:<44}p50 {self.p50 * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms, most {self.most * 1000:.0f} ms"
            f" ({self.messages} messages, {self.lost} lost), aim p99 < {self.aim:g} s: {verdict}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


async def measure(stack: Stack) -> Latency:
    """Open-loop: each POST starts at its instant, however long the earlier ones take."""
    caller = await on_the_real_clock(stack)
    run = f"{time.time_ns():x}"
    posted: dict[str, float] = {}
    begin = time.perf_counter() + 0.5
    await asyncio.gather(*(_post(caller, number, begin, run, posted) for number in range(PER_SECOND * SECONDS)))
    arrived = await _arrivals(stack, set(posted))
    waits = sorted(arrived[address] - at for address, at in posted.items() if address in arrived)
    return Latency(
        name=f"POST to SMTP hand-over at {PER_SECOND}/s",
        p50=statistics.median(waits),
        p99=waits[int(len(waits) * 0.99)],
        most=waits[-1],
        messages=len(waits),
        lost=len(posted) - len(waits),
        aim=AIM_P99_SECONDS,
    )


async def _post(caller: Customerwise, number: int, begin: float, run: str, posted: dict[str, float]) -> None:
    address = f"{run}-{number}@latency.example"
    request = caller.request(number, email=address)
    await asyncio.sleep(max(0.0, begin + number / PER_SECOND - time.perf_counter()))
    parts = urlsplit(caller.url)
    posted[address] = time.time()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    if not head.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(head[:80].decode())


async def _arrivals(stack: Stack, addresses: set[str]) -> dict[str, float]:
    """When the first mail to each address was received; waits until all are there or patience ends."""
    url = f"{of_running(stack).mail_sink}/messages"
    arrived: dict[str, float] = {}
    deadline = time.monotonic() + PATIENCE
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        while time.monotonic() < deadline and len(arrived) < len(addresses):
            for message in (await http.get(url)).json()["messages"]:
                received = datetime.fromisoformat(message["received_at"]).timestamp()
                for address in message["recipients"]:
                    if address in addresses:
                        arrived[address] = min(received, arrived.get(address, received))
            await asyncio.sleep(0.5)
    return arrived
