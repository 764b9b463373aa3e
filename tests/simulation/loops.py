"""The loops of a process of the model: relay, consumer, drain, timers, senders. Two processes of a service run each.

The consumer is the production's `Consumption`, with its rules; the rest follows the SQL of the services statement by
statement.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared.platform.db.transaction import DatabaseUnavailable
from shared.platform.inbox.arrival import arrival_of
from shared.platform.inbox.breaker import Breaker
from shared.platform.inbox.consume import Consumption, is_transient
from shared.platform.inbox.rules.causes import LONGEST_WAIT, CauseNotHere, awaited
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.inbox.rules.parked import SET_ASIDE, pause_after
from shared.platform.kafka.port import BrokerUnavailable, TopicPartition
from shared.platform.observability.context import current
from tests.simulation.database import SimulatedTransaction
from tests.simulation.events import SHARDS, Appended, BreachedV1
from tests.simulation.inbox import ParkedKey
from tests.simulation.scheduler import pause
from tests.simulation.service import Message, Service, Timer

RETRY = RetryPolicy(poison_in_a_row=4, unavailable_seconds=1.0, retry_set_aside_after=timedelta(seconds=5))
LEASE_SECONDS = 3.0


def loops_of(service: Service) -> Sequence[Any]:
    """The loops of a process of the service."""
    own = {"intake": (), "sla": (timers,), "notify": (sender,)}[service.name]
    return (relay, drain, *own, consume)


async def relay(service: Service, _process: str) -> None:
    """Lease the shards that are free, publish in order, move to the archive."""
    while True:
        waiting: list[tuple[Any, Appended]] = []
        if not service.db.tables["outbox"]:
            await service.scheduler.wait(service.db.appended, within=2.0)
        try:
            async with service.db.transaction() as tx:
                await tx.statement()
                leased = [shard for shard in range(SHARDS) if tx.try_lock(("shard", shard))]
                await tx.statement()
                waiting = sorted((key, row) for key, row in service.db.of("outbox") if row.shard in leased)[:10]
                await _publish(service, waiting)
                for key, row in waiting:
                    await tx.remove(key)
                    await tx.put(("archive", key[1]), row)
        except (DatabaseUnavailable, BrokerUnavailable):
            await service.scheduler.sleep(0.1)
        if not waiting:
            await service.scheduler.wait(service.db.appended, within=2.0)
        await pause()


async def _publish(service: Service, rows: Sequence[tuple[Any, Appended]]) -> None:
    for _, row in rows:
        await pause()
        service.broker.append(row.message)
        if service.faults.happens("lost acknowledgement"):
            raise BrokerUnavailable


async def consume(service: Service, process: str) -> None:
    """Poll, handle, commit offsets; a rebalance is noticed at the next round."""
    member, generation = Member(service, process), -1
    service.broker.join(service.consumer, process)
    while True:
        if generation != service.broker.generation(service.consumer):
            generation = service.broker.generation(service.consumer)
            member.begin()
        member.poll()
        if member.consumption.hand:
            try:
                await member.consumption.step()
            except DatabaseUnavailable:
                await service.scheduler.sleep(0.05)
            await pause()
            service.broker.commit(service.consumer, generation, member.consumption.hand.offsets())
        if not member.has_work(generation):
            await service.scheduler.wait(service.broker.changed, within=member.rest())


async def drain(service: Service, _process: str) -> None:
    """Run parked events again, one in a transaction."""
    while True:
        try:
            done = bool(service.db.tables["parked_key"]) and await _drain_one(service)
        except DatabaseUnavailable:
            done = False
        await service.scheduler.sleep(0.01 if done else 0.5)


async def _drain_one(service: Service) -> bool:
    taken: Any = None
    try:
        async with service.db.transaction() as tx:
            await tx.statement()
            taken = _take(service, tx)
            if taken is None:
                return False
            await _advance(service, tx, taken)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        await _leave(service, taken, error)
    return True


def _take(service: Service, tx: SimulatedTransaction) -> Any:
    now = service.scheduler.now
    due = [(key, row) for key, row in tx.of("parked_key", service.consumer) if row.retry_at is not None]
    due = [(key, row) for key, row in due if row.retry_at <= now]
    for key, _ in sorted(due, key=lambda one: (one[1].code == SET_ASIDE, one[1].attempts, one[1].parked_at)):
        if tx.try_lock(key) and tx.get(key) is not None:
            return key
    return None


async def _advance(service: Service, tx: SimulatedTransaction, key: Any) -> None:
    await tx.statement()
    queue = sorted(tx.of("parked_event", *key[1:]))
    if not queue:
        await tx.remove(key)
        return
    place, parked = queue[0]
    arrival = arrival_of(parked.record)
    waited = timedelta(seconds=service.scheduler.now - parked.received_at)
    if await service.inbox.missing(tx, awaited(arrival, service.topics)) and waited <= LONGEST_WAIT:
        raise CauseNotHere
    await service.inbox.insert_new(tx, [(arrival.event, arrival.record.topic)])
    await service.inbox.call(tx, service.routes, [arrival])
    await service.inbox.set_outcome(tx, [arrival.event.id], "handled")
    await tx.remove(place)


async def _leave(service: Service, key: Any, error: Exception) -> None:
    async with service.db.transaction() as tx:
        await tx.lock(key)
        row: ParkedKey | None = tx.get(key)
        if row is None:
            return
        pause = pause_after(error, code=row.code, attempts=row.attempts, is_transient=is_transient(error))
        retry_at = None if pause is None else service.scheduler.now + pause.total_seconds()
        code = SET_ASIDE if row.code == SET_ASIDE and pause is not None else type(error).__name__
        await tx.put(key, row._replace(retry_at=retry_at, attempts=row.attempts + 1, code=code))


async def timers(service: Service, _process: str) -> None:
    """Fire what is due: claimed, marked and announced in one transaction."""
    while True:
        now = service.scheduler.now
        due = [key for key, timer in service.db.of("timer") if timer.is_armed and timer.due <= now]
        try:
            if due:
                async with service.db.transaction() as tx:
                    await tx.statement()
                    for key in due:
                        if tx.try_lock(key):
                            await _fire(service, tx, key)
        except DatabaseUnavailable:
            pass
        await service.scheduler.sleep(0.4)


async def _fire(service: Service, tx: SimulatedTransaction, key: Any) -> None:
    await tx.statement()
    timer: Timer = tx.get(key)
    if not may_fire(timer):
        return
    await tx.put(key, timer._replace(is_armed=False))
    case = tx.get(("timer_of", key[1]))
    row = ("clock", case)
    await tx.lock(row)
    version = (tx.get(row) or 0) + 1
    await tx.put(row, version)
    seen, owner = tx.get(("copy", case))
    fired = ("fired", key[1])
    await tx.put(fired, (tx.get(fired) or 0) + 1)
    data = BreachedV1(owner=owner, seen=seen, answers_to=timer.answers_to)
    await service.append(tx, ("clock", version), case, data, current())


async def sender(service: Service, _process: str) -> None:
    """Claim under a lease, hand over, record under the same lease."""
    while True:
        try:
            is_unsent = any(message.state != "sent" for _, message in service.db.of("message"))
            claimed = await _claim(service) if is_unsent else None
            if claimed is not None:
                key, token = claimed
                await service.scheduler.sleep(service.scheduler.random.random() * LEASE_SECONDS * 1.5)
                service.sent.append(key[1])
                await _record(service, key, token)
        except DatabaseUnavailable:
            pass
        await service.scheduler.sleep(0.3)


async def _claim(service: Service) -> tuple[Any, int] | None:
    async with service.db.transaction() as tx:
        await tx.statement()
        for key, _ in list(tx.of("message")):
            if tx.try_lock(key) and is_claimable(tx.get(key), service.scheduler.now):
                token = service.db.next()
                await tx.put(key, Message("sending", token, service.scheduler.now + LEASE_SECONDS))
                return key, token
    return None


async def _record(service: Service, key: Any, token: int) -> None:
    async with service.db.transaction() as tx:
        await tx.statement()
        await tx.lock(key)
        if holds(tx.get(key), token):
            await tx.put(key, Message("sent", 0, 0.0))
            recorded = ("recorded", key[1])
            await tx.put(recorded, (tx.get(recorded) or 0) + 1)


def may_fire(timer: Timer) -> bool:
    """Looked at again under the lock: another worker may have fired it meanwhile."""
    return timer.is_armed


def is_claimable(message: Message, now: float) -> bool:
    """Whether a sender may take it: no sender has, or the lease of the last one has run out."""
    return message.state == "queued" or (message.state == "sending" and message.leased_until < now)


def holds(message: Message, token: int) -> bool:
    """Whether a sender still holds the lease under which it claimed."""
    return message.state == "sending" and message.token == token


class Member:
    """A member of the consumer's group: the production's consumption, and where it reads."""

    def __init__(self, service: Service, process: str) -> None:
        self._service = service
        self._process = process
        self._positions: dict[TopicPartition, int] = {}
        scheduler = service.scheduler
        breaker = Breaker(in_a_row=RETRY.poison_in_a_row, probe_seconds=5, monotonic=lambda: scheduler.now)
        self.consumption: Consumption[SimulatedTransaction] = Consumption(
            service.inbox,
            consumer=service.consumer,
            routes=service.routes,
            retry=RETRY,
            breaker=breaker,
            monotonic=lambda: scheduler.now,
        )

    def begin(self) -> None:
        """Begin at the offsets that the group has committed."""
        service, broker = self._service, self._service.broker
        self.consumption.hand.clear()
        places = broker.assigned(service.consumer, self._process, service.topics)
        self._positions = {place: broker.committed.get((service.consumer, place), 0) for place in places}

    def poll(self) -> None:
        """Take some records of each partition, in an order of partitions that chance gives."""
        places, random = list(self._positions), self._service.scheduler.random
        random.shuffle(places)
        for place in places:
            start = self._positions[place]
            some = self._service.broker.log[place][start : start + 1 + int(random.random() * 6)]
            self._positions[place] += len(some)
            self.consumption.take(some)

    def has_work(self, generation: int) -> bool:
        """Whether something may be done at once."""
        broker = self._service.broker
        moved = broker.generation(self._service.consumer) != generation
        return moved or any(len(broker.log[place]) > start for place, start in self._positions.items())

    def rest(self) -> float:
        """Seconds to wait for work."""
        rest = self.consumption.hand.rest(self._service.scheduler.now)
        return 1.0 if rest is None else rest
