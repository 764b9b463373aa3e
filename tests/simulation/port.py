"""The simulated broker behind the port of brokers, so that Kafka's contract suite runs against it."""

import asyncio
from collections.abc import Mapping, Sequence

from shared.platform.kafka.port import Message, Record, Revoke, TopicPartition
from tests.simulation.broker import SimulatedBroker
from tests.simulation.scheduler import Scheduler


class SimulatedPort:
    """A broker whose members learn of a rebalance at their next poll."""

    def __init__(self) -> None:
        self.broker = SimulatedBroker(Scheduler(0))
        self._members = 0

    def producer(self) -> "SimulatedProducer":
        """Appends at once."""
        return SimulatedProducer(self.broker)

    def consumer(self, *, group: str, topics: Sequence[str]) -> "SimulatedMember":
        """A new member."""
        self._members += 1
        return SimulatedMember(self.broker, group, f"member-{self._members}", tuple(topics))


class SimulatedProducer:
    """Never fails; the model loses acknowledgements in its relay."""

    def __init__(self, broker: SimulatedBroker) -> None:
        self._broker = broker

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append in order."""
        for message in messages:
            self._broker.append(message)

    async def stop(self) -> None:
        """Nothing to close."""


class SimulatedMember:
    """A member of a group."""

    def __init__(self, broker: SimulatedBroker, group: str, name: str, topics: tuple[str, ...]) -> None:
        self._broker = broker
        self._group = group
        self._name = name
        self._topics = topics
        self._generation = -1
        self._positions: dict[TopicPartition, int] = {}

    async def start(self, *, before_revoke: Revoke) -> None:
        """Join the group; a member that is asked for nothing gives nothing back."""
        await before_revoke()
        self._broker.join(self._group, self._name)
        self._begin()

    def _begin(self) -> None:
        self._generation = self._broker.generation(self._group)
        places = self._broker.assigned(self._group, self._name, self._topics)
        self._positions = {place: self._broker.committed.get((self._group, place), 0) for place in places}

    async def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """The next records of the partitions that are its own now."""
        if self._generation != self._broker.generation(self._group):
            self._begin()
        taken: list[Record] = []
        for place, start in self._positions.items():
            some = self._broker.log[place][start : start + max_records - len(taken)]
            self._positions[place] += len(some)
            taken += some
        if not taken:
            await asyncio.sleep(min(timeout_seconds, 0.01))
        return taken

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Refused when the group has changed since the last poll."""
        return self._broker.commit(self._group, self._generation, dict(offsets))

    async def lag(self) -> dict[TopicPartition, int]:
        """Records behind the end."""
        return {place: len(self._broker.log[place]) - start for place, start in self._positions.items()}

    async def stop(self) -> None:
        """Leave the group."""
        self._broker.leave(self._group, self._name)
