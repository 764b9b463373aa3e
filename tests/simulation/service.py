"""One service of the model: its database, what it does when people or events ask, and what it publishes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.contracts.envelope import Contract, Envelope
from shared.contracts.topics import INTAKE
from shared.kernel.errors import Unavailable
from shared.platform.db.transaction import DatabaseUnavailable
from shared.platform.inbox.arrival import BatchHandler, context_of, routes_of
from shared.platform.observability.context import Context, current
from shared.platform.outbox.append import Outgoing, saw_by
from tests.simulation.broker import SimulatedBroker
from tests.simulation.database import SimulatedDatabase, SimulatedTransaction
from tests.simulation.events import BreachedV1, SteppedV1, appended
from tests.simulation.faults import Faults
from tests.simulation.inbox import SimulatedInbox
from tests.simulation.scheduler import Scheduler
from tests.support.probe import NOON, ORG


class Timer(NamedTuple):
    """A timer of a case: it fires once, at or after `due`."""

    due: float
    is_armed: bool
    answers_to: int


class Message(NamedTuple):
    """A message to send: held under a lease while it is on its way."""

    state: str
    token: int
    leased_until: float


@dataclass
class Service:
    """What a service's processes share: its database, and what it hears."""

    name: str
    scheduler: Scheduler
    broker: SimulatedBroker
    faults: Faults
    numbers: Any
    topics: tuple[str, ...]
    db: SimulatedDatabase = field(init=False)
    sent: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = SimulatedDatabase(self.scheduler)
        self.consumer = f"{self.name}.cases"
        self.inbox = SimulatedInbox(self.db, self.consumer)
        stepped = BatchHandler(self.on_steps) if self.name == "sla" else self.on_step
        heard: dict[type[Contract], Any] = {SteppedV1: stepped, BreachedV1: self.on_breach}
        self.routes = routes_of({kind: handler for kind, handler in heard.items() if kind.TOPIC in self.topics})

    async def step(self, case: str) -> None:
        """A person's step, repeated until it is known to have been done."""
        done = ("request", case, self.numbers())
        while self.db.get(done) is None:
            try:
                async with self.db.transaction() as tx:
                    await tx.statement()
                    await tx.lock(done)
                    if tx.get(done) is None:
                        await tx.put(done, True)
                        await self._step(tx, case, answers_to=0, context=current())
            except DatabaseUnavailable:
                await self.scheduler.sleep(0.1)

    async def _step(self, tx: SimulatedTransaction, case: str, *, answers_to: int, context: Context) -> None:
        row = ("case", case)
        await tx.lock(row)
        version, _ = tx.get(row) or (0, 0)
        owner = int(self.scheduler.random.random() * 5)
        await tx.put(row, (version + 1, owner))
        await self.append(tx, ("case", version + 1), case, SteppedV1(owner=owner, answers_to=answers_to), context)

    async def append(
        self, tx: SimulatedTransaction, place: tuple[str, int], case: str, data: Contract, context: Context
    ) -> None:
        """Put an event into the outbox, with what the producer had seen."""
        await tx.statement()
        outgoing = Outgoing(
            org=ORG, key=case, aggregate=place[0], aggregate_id=case, version=place[1], occurred_at=NOON, data=data
        )
        saw = saw_by(outgoing, data.TOPIC, context)
        mark = tx.get(("high_water", self.consumer, ORG, "case", case)) if self.name != "intake" else None
        entries = [saw, f"{INTAKE}/case/{case}@{mark}" if mark else ""]
        text = " ".join(entry for entry in entries if entry)
        number = self.db.next()
        await tx.put(("outbox", number), appended(self.numbers(), place, case=case, data=data, saw=text))

    async def on_steps(self, tx: Any, events: Sequence[Envelope[SteppedV1]]) -> None:
        """Many steps at once."""
        for event in events:
            await self._follow(tx, event)

    async def on_step(self, tx: Any, event: Envelope[SteppedV1]) -> None:
        """One step."""
        await self._follow(tx, event)

    async def _follow(self, tx: SimulatedTransaction, event: Envelope[SteppedV1]) -> None:
        await self._handled(tx, event, lacks_cause=event.data.answers_to > self._clock(tx, event.key))
        await tx.put(("copy", event.key), (event.version, event.data.owner))
        if self.name == "sla":
            due = self.scheduler.now + self.scheduler.random.random() * 3
            await tx.put(("timer", event.id), Timer(due, is_armed=True, answers_to=event.data.answers_to))
            await tx.put(("timer_of", event.id), event.key)

    async def on_breach(self, tx: Any, event: Envelope[BreachedV1]) -> None:
        """notify tells the owner; intake takes a step in reaction to a breach of a person's step."""
        copy, _ = tx.get(("case" if self.name == "intake" else "copy", event.key)) or (0, 0)
        await self._handled(tx, event, lacks_cause=copy < event.data.seen)
        await tx.put(("clock_copy", event.key), event.version)
        if self.name == "notify":
            await tx.put(("message", event.id), Message("queued", 0, 0.0))
        elif event.data.answers_to == 0:
            await self._step(tx, event.key, answers_to=event.version, context=context_of(event))

    def _clock(self, tx: SimulatedTransaction, case: str) -> int:
        own = "clock" if self.name == "sla" else "clock_copy"
        return int(tx.get((own, case)) or 0)

    async def _handled(self, tx: SimulatedTransaction, event: Envelope[Any], *, lacks_cause: bool) -> None:
        """Count the effect, and fail as the faults of the run say."""
        await tx.statement()
        await self.faults.take_time(self.scheduler)
        row = ("effect", event.id)
        count, *_ = tx.get(row) or (0,)
        await tx.put(row, (count + 1, self.db.next(), event.key, event.aggregate, event.version, lacks_cause))
        match self.faults.of(self.name, event.id, self.scheduler.now):
            case "poison":
                raise RuntimeError("cannot be read")
            case "absent":
                raise Unavailable
            case "killer":
                tx.lose()
                raise RuntimeError("the connection ended")
