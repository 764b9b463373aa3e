"""One run of a seed: three services of two processes each, faults for a while, then calm; and what must hold at its end."""

import random  # noqa: TID251 - the seed is what makes a run repeatable
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from shared.contracts.topics import INTAKE, SLA
from shared.platform.inbox.arrival import arrival_of
from tests.simulation.broker import SimulatedBroker
from tests.simulation.faults import Faults
from tests.simulation.loops import loops_of
from tests.simulation.scheduler import Scheduler
from tests.simulation.service import Service

CASES = ("a", "c", "d")
STEPS = 3
PROCESSES = (1, 2)
LONGEST_RUN_SECONDS = 1200.0
MENDED_EVERY_SECONDS = 3.0
MOST_STEPS = 60_000


@dataclass
class World:
    """The services, and the fault-maker."""

    seed: int
    scheduler: Scheduler = field(init=False)
    services: dict[str, Service] = field(init=False)
    left: int = 0

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.seed)
        self.broker, self.faults = SimulatedBroker(self.scheduler), Faults(self.scheduler)
        numbers = count(1)
        heard = {"intake": (SLA,), "sla": (INTAKE,), "notify": (INTAKE, SLA)}
        self.services = {
            name: Service(name, self.scheduler, self.broker, self.faults, lambda: next(numbers), topics)
            for name, topics in heard.items()
        }

    def run(self) -> list[str]:
        """What does not hold at the end; empty when all does."""
        before = random.getstate()
        random.seed(self.seed)  # production's jitter
        try:
            return self._run()
        finally:
            self.scheduler.kill()
            random.setstate(before)

    def _run(self) -> list[str]:
        for name in self.services:
            for number in PROCESSES:
                self._boot(f"{name}-{number}")
        for case in CASES:
            self.left += 1
            self.scheduler.start("people", self._person(case))
        self.scheduler.start("faults", self._trouble())
        end = self.scheduler.now + LONGEST_RUN_SECONDS
        for number in range(MOST_STEPS):
            self.scheduler.step()
            if self.faults.is_calm and number % 100 == 0 and (self.scheduler.now > end or self._is_quiet()):
                break
        return [*self._unfinished(), *self._effects(), *self._order(), *self._once(), *self._copies()]

    def _boot(self, process: str) -> None:
        service = self.services[process.partition("-")[0]]
        for loop in loops_of(service):
            self.scheduler.start(process, loop(service, process))

    async def _person(self, case: str) -> None:
        for _ in range(STEPS):
            await self.scheduler.sleep(self.scheduler.random.random() * 3)
            await self.services["intake"].step(case)
        self.left -= 1

    async def _trouble(self) -> None:
        """Kill, stop, cut off and start again for a while; then mend everything."""
        chance, scheduler = self.scheduler.random.random, self.scheduler
        for service in self.services.values():
            service.db.trouble = 0.01
        for _ in range(8):
            await scheduler.sleep(chance() * 1.5)
            name, number = sorted(self.services)[int(chance() * 3)], PROCESSES[int(chance() * 2)]
            process = f"{name}-{number}"
            match int(chance() * 3):
                case 0:
                    scheduler.kill(process)
                    self.broker.leave(f"{name}.cases", process)
                    await scheduler.sleep(chance())
                    self._boot(process)
                case 1:
                    scheduler.stop(process)
                    await scheduler.sleep(chance() * 2)
                    self._lose_idle(name)
                    await scheduler.sleep(chance())
                    scheduler.go_on(process)
                case _:
                    self._lose_idle(name)
        await self._mend()

    def _lose_idle(self, name: str) -> None:
        """The server ends sessions that are idle in a transaction."""
        for tx in list(self.services[name].db.open):
            if self.scheduler.random.random() < 0.7:
                tx.lose()

    async def _mend(self) -> None:
        for service in self.services.values():
            service.db.trouble = 0.0
        self.faults.is_calm = True
        while True:
            await self.scheduler.sleep(MENDED_EVERY_SECONDS)
            for service in self.services.values():
                async with service.db.transaction() as tx:
                    for key, row in list(tx.of("parked_key")):
                        if row.retry_at is None:
                            await tx.put(key, row._replace(retry_at=self.scheduler.now))

    def _is_quiet(self) -> bool:
        return self.left == 0 and not any(self._unfinished())

    def _unfinished(self) -> Iterator[str]:
        """Nothing is left over: no event unpublished or unread, no key parked, no timer armed, no message unsent."""
        for name, service in self.services.items():
            rows = {name: len(rows) for name, rows in service.db.tables.items()}
            armed = sum(timer.is_armed for _, timer in service.db.of("timer"))
            unsent = sum(message.state != "sent" for _, message in service.db.of("message"))
            lag = sum(
                len(records) - self.broker.committed.get((service.consumer, place), 0)
                for place, records in self.broker.log.items()
                if place.topic in service.topics
            )
            outbox, parked = rows.get("outbox", 0), rows.get("parked_key", 0) + rows.get("parked_event", 0)
            if outbox or parked or armed or unsent or lag:
                yield f"{name}: left over: outbox {outbox}, parked {parked}, timers {armed}, messages {unsent}, lag {lag}"

    def _published(self, service: Service) -> dict[str, Any]:
        found = [
            arrival_of(row) for place, rows in self.broker.log.items() if place.topic in service.topics for row in rows
        ]
        return {arrival.event.id: arrival for arrival in found}

    def _effects(self) -> Iterator[str]:
        """Each event that was published has its effect once, after what its producer had seen."""
        for name, service in self.services.items():
            for event_id, arrival in self._published(service).items():
                times, *_, lacked = service.db.get(("effect", event_id)) or (0, False)
                place = f"{name}: {arrival.event.aggregate}/{arrival.event.key}@{arrival.event.version}"
                if times != 1:
                    yield f"{place} had its effect {times} times"
                if lacked:
                    yield f"{place} came before its cause"

    def _order(self) -> Iterator[str]:
        """The events of a case on a topic have their effects in the order of their versions."""
        for name, service in self.services.items():
            effects = sorted((row for _, row in service.db.of("effect")), key=lambda row: row[1])
            newest: dict[tuple[str, str], int] = {}
            for _, _, case, aggregate, version, _ in effects:
                if version <= newest.get((aggregate, case), 0):
                    yield f"{name}: {aggregate}/{case}@{version} came after {newest[aggregate, case]}"
                newest[aggregate, case] = version

    def _once(self) -> Iterator[str]:
        """A timer fires once; of several senders that had the lease of a message one records."""
        for name, service in self.services.items():
            yield from (f"{name}: timer fired {times} times" for _, times in service.db.of("fired") if times != 1)
            yield from (f"{name}: recorded {times} times" for _, times in service.db.of("recorded") if times != 1)

    def _copies(self) -> Iterator[str]:
        """The copies are what intake has."""
        cases = {key[1]: row for key, row in self.services["intake"].db.of("case")}
        for name in ("sla", "notify"):
            copies = {key[1]: row for key, row in self.services[name].db.of("copy")}
            if copies != cases:
                yield f"{name}: copies {copies} are not {cases}"


def simulate(seed: int) -> list[str]:
    """What does not hold at the end of a seed's run."""
    return World(seed).run()
