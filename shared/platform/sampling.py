"""Samples of the database: what is true of it is asked at intervals and exported by one process.

The worker that holds a PostgreSQL advisory lock leads; the lock belongs to its connection, so that a leader that
dies or is cut off loses it when the server notices. A leader whose connection breaks exports nothing from then on.
There are two locks: one of the service's schema, one of the database server, which the services share.

A sample is a statement over an index, within two seconds, and it rests a hundred times as long as it took: so a sample
takes at most 1 % of one connection's time, however many cases there are. The connection is not one of the pool's,
because those are as many as requests are admitted.
"""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import DBAPIError

from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.loops import stopped_within
from shared.platform.observability import metrics
from shared.platform.observability.declaring import Sampled
from shared.platform.observability.logging import logger
from shared.platform.progress import Progress

ROUND_SECONDS: Final = 5.0
RESTS_TIMES_AS_LONG: Final = 100
LOOP: Final = "kernel.samples"
_LIMIT: Final = "SET statement_timeout = '2s'"
_ALIVE: Final = "SELECT 1"
_LEAD: Final = "SELECT pg_try_advisory_lock($1, 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A question to the database, asked again after `every_seconds` at the earliest, and the gauges that it sets."""

    gauges: Sampled
    measure: Callable[[Transaction], Awaitable[None]]
    every_seconds: float = 15.0


class Sampler:
    """Takes the samples of one service in one process, while it leads; any number of processes may run one."""

    def __init__(
        self, db: Database, samples: Sequence[Sample], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._db = db
        self._samples = samples
        self._monotonic = monotonic
        self._led: set[int] = set()
        self._next_at: dict[str, float] = {}
        for sample in samples:
            metrics.expect_sample(sample.gauges.name)

    async def run(self, stop: asyncio.Event, progress: Progress) -> None:
        """Sample until `stop` is set. Raises when the connection breaks; nothing is exported then."""
        apart = self._db.apart()
        try:
            async with reading(apart) as tx:
                await tx.rows(_LIMIT)
                while not stop.is_set():
                    await self.round(tx)
                    progress.beat(LOOP)
                    await stopped_within(stop, ROUND_SECONDS)
        finally:
            self.withdraw()
            await apart.dispose()

    async def round(self, tx: Transaction) -> None:
        """Take the lead where no process has it, and the samples that are due of what this process leads.

        A leader whose connection has ended finds out here, also when no sample is due.
        """
        await tx.rows(_ALIVE)
        for sample in self._samples:
            lead = lead_of(self._db.kernel.schema, sample)
            if lead not in self._led:
                [(won,)] = await tx.rows(_LEAD, (lead,))
                if won:
                    self._led.add(lead)
            if lead in self._led and self._monotonic() >= self._next_at.get(sample.gauges.name, 0.0):
                await self._take(tx, sample)

    def withdraw(self) -> None:
        """Lead nothing and export nothing; what ends the connection gives the locks back."""
        self._led.clear()
        self._next_at.clear()
        for sample in self._samples:
            sample.gauges.withdraw()
        metrics.SAMPLED_AT.clear()

    async def _take(self, tx: Transaction, sample: Sample) -> None:
        name, started = sample.gauges.name, self._monotonic()
        try:
            await sample.measure(tx)
        except DBAPIError as error:
            if tx.driver.is_closed():
                raise
            sample.gauges.withdraw()
            metrics.SAMPLE_FAILURES.labels(sample=name).inc()
            logger().warning("sample.failed", sample=name, error_type=type(error.orig).__name__)
        else:
            sample.gauges.measured()
            metrics.SAMPLED_AT.labels(sample=name).set_to_current_time()
        took = self._monotonic() - started
        metrics.SAMPLE_DURATION.labels(sample=name).observe(took)
        self._next_at[name] = started + max(sample.every_seconds, RESTS_TIMES_AS_LONG * took)


def lead_of(schema: str, sample: Sample) -> int:
    """The key of the advisory lock under which a sample is taken."""
    of = "database" if sample.gauges.of_database else schema
    return zlib.crc32(f"redress.samples.{of}".encode()) & 0x7FFFFFFF
