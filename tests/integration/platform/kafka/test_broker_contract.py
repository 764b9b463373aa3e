"""What the kernel relies on of a broker, run against the in-memory one and against Apache Kafka.

What the simulation relies on runs against the simulated broker too; its members learn of a rebalance late, so what is
promised about giving partitions back is not among it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from operate.runtime.topics import Topic, ensure_topics
from shared.kernel.ids import new_id
from shared.platform.kafka.aio import AioBroker
from shared.platform.kafka.port import Broker, Consumer, Message, Producer, Record, TopicPartition
from shared.platform.kafka.tuning import Tuning
from tests.simulation.port import SimulatedPort
from tests.support.memory_broker import MemoryBroker

FAST = Tuning(session_timeout_ms=6_000, heartbeat_interval_ms=500, rebalance_timeout_ms=10_000)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "memory":
        return MemoryBroker()
    if request.param == "simulated":
        return SimulatedPort()
    return AioBroker(request.getfixturevalue("bootstrap"), tuning=FAST)


OF_THE_SIMULATION = {
    "test_a_new_group_reads_from_the_beginning_in_order_per_key",
    "test_what_was_not_committed_is_read_again",
    "test_a_poll_with_nothing_to_read_returns_empty_in_time",
    "test_a_poll_takes_no_more_than_asked",
    "test_two_groups_each_read_everything",
    "test_lag_counts_what_lies_ahead",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The brokers that a test runs against."""
    if "broker" in metafunc.fixturenames:
        also = ["simulated"] if metafunc.function.__name__ in OF_THE_SIMULATION else []
        metafunc.parametrize("broker", ["memory", "kafka", *also], indirect=True)


@pytest.fixture
async def topic(broker: Broker, request: pytest.FixtureRequest) -> str:
    name = f"probe.{new_id()}.v1"
    if isinstance(broker, AioBroker):
        await ensure_topics(request.getfixturevalue("bootstrap"), [Topic(name=name, partitions=4, retention_hours=1)])
    return name


async def _nothing_in_hand() -> None:
    return


@asynccontextmanager
async def producing(broker: Broker) -> AsyncIterator[Producer]:
    producer = broker.producer()
    await producer.start()
    yield producer
    await producer.stop()


@asynccontextmanager
async def consuming(broker: Broker, group: str, topic: str) -> AsyncIterator[Consumer]:
    consumer = broker.consumer(group=group, topics=[topic])
    await consumer.start(before_revoke=_nothing_in_hand)
    yield consumer
    await consumer.stop()


def a_message(topic: str, key: str, number: int) -> Message:
    return Message(topic=topic, key=key.encode(), value=b"%d" % number, headers=(("ce_id", b"x"), ("empty", b"")))


async def send(broker: Broker, *messages: Message) -> None:
    async with producing(broker) as producer:
        await producer.publish(messages)


async def take(consumer: Consumer, wanted: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(20):
        while len(found) < wanted:
            found += await consumer.poll(max_records=500, timeout_seconds=0.5)
    return found


async def test_a_new_group_reads_from_the_beginning_in_order_per_key(broker: Broker, topic: str) -> None:
    await send(broker, *(a_message(topic, f"key-{number % 7}", number) for number in range(100)))
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        records = await take(consumer, 100)
    for key in {record.key for record in records}:
        mine = [int(record.value or b"") for record in records if record.key == key]
        assert mine == sorted(mine)
        assert len({record.partition for record in records if record.key == key}) == 1
    assert sorted(int(record.value or b"") for record in records) == list(range(100))


async def test_key_value_and_headers_arrive_as_sent(broker: Broker, topic: str) -> None:
    await send(broker, a_message(topic, "钢", 1))
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        [record] = await take(consumer, 1)
    assert (record.key, record.value) == ("钢".encode(), b"1")
    assert record.headers == (("ce_id", b"x"), ("empty", b""))
    assert record.offset == 0
    assert record.timestamp_ms > 1_700_000_000_000


async def test_what_was_not_committed_is_read_again(broker: Broker, topic: str) -> None:
    await send(broker, a_message(topic, "a", 1), a_message(topic, "a", 2))
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        first, _ = await take(consumer, 2)
        assert await consumer.commit({first.topic_partition: first.offset + 1})
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        [again] = await take(consumer, 1)
    assert again.value == b"2"


async def test_a_poll_with_nothing_to_read_returns_empty_in_time(broker: Broker, topic: str) -> None:
    async with consuming(broker, f"g-{topic}", topic) as consumer, asyncio.timeout(5):
        assert await consumer.poll(max_records=10, timeout_seconds=0.2) == []


async def test_a_poll_is_woken_by_an_arrival(broker: Broker, topic: str) -> None:
    async with consuming(broker, f"g-{topic}", topic) as consumer, asyncio.timeout(10):
        polling = asyncio.create_task(consumer.poll(max_records=10, timeout_seconds=9))
        await asyncio.sleep(0.1)
        await send(broker, a_message(topic, "a", 1))
        assert len(await polling) == 1


async def test_a_poll_takes_no_more_than_asked(broker: Broker, topic: str) -> None:
    await send(broker, *(a_message(topic, "a", number) for number in range(30)))
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        seen = 0
        while seen < 30:
            records = await consumer.poll(max_records=7, timeout_seconds=1)
            assert len(records) <= 7
            seen += len(records)


async def test_two_groups_each_read_everything(broker: Broker, topic: str) -> None:
    await send(broker, a_message(topic, "a", 1))
    for group in ("one", "two"):
        async with consuming(broker, f"{group}-{topic}", topic) as consumer:
            assert len(await take(consumer, 1)) == 1


async def test_two_members_share_the_partitions(broker: Broker, topic: str) -> None:
    async with consuming(broker, f"g-{topic}", topic) as one, consuming(broker, f"g-{topic}", topic) as two:
        await send(broker, *(a_message(topic, f"key-{number}", number) for number in range(50)))
        found: dict[int, list[Record]] = {1: [], 2: []}
        async with asyncio.timeout(20):
            while len(found[1]) + len(found[2]) < 50:
                found[1] += await one.poll(max_records=500, timeout_seconds=0.2)
                found[2] += await two.poll(max_records=500, timeout_seconds=0.2)
    places = [{record.topic_partition for record in records} for records in found.values()]
    assert places[0]
    assert places[1]
    assert not places[0] & places[1]


async def test_partitions_are_given_back_only_after_what_is_in_hand(broker: Broker, topic: str) -> None:
    told = asyncio.Event()
    finished = asyncio.Event()

    async def before_revoke() -> None:
        told.set()
        await finished.wait()

    consumer = broker.consumer(group=f"g-{topic}", topics=[topic])
    await consumer.start(before_revoke=before_revoke)
    await consumer.poll(max_records=1, timeout_seconds=0.2)
    other = broker.consumer(group=f"g-{topic}", topics=[topic])
    joining = asyncio.create_task(other.start(before_revoke=_nothing_in_hand))
    async with asyncio.timeout(10):
        await told.wait()
        assert not joining.done()
        finished.set()
        await joining
    await consumer.stop()
    await other.stop()


async def test_a_commit_for_a_partition_of_another_is_refused_not_raised(broker: Broker, topic: str) -> None:
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        await consumer.poll(max_records=1, timeout_seconds=0.2)
        assert not await consumer.commit({TopicPartition(topic, 99): 1})


async def test_lag_counts_what_lies_ahead(broker: Broker, topic: str) -> None:
    async with consuming(broker, f"g-{topic}", topic) as consumer:
        await consumer.poll(max_records=1, timeout_seconds=0.2)
        assert sum((await consumer.lag()).values()) == 0
        await send(broker, a_message(topic, "a", 1), a_message(topic, "a", 2))
        await take(consumer, 2)
        assert sum((await consumer.lag()).values()) == 0
        await send(broker, a_message(topic, "a", 3))
        assert sum((await consumer.lag()).values()) == 1


async def test_a_producer_that_was_never_started_can_be_stopped(broker: Broker) -> None:
    await broker.producer().stop()


async def test_a_header_without_a_value_is_read_as_an_empty_one(bootstrap: str) -> None:
    topic = f"probe.{new_id()}.v1"
    await ensure_topics(bootstrap, [Topic(name=topic, partitions=1, retention_hours=1)])
    stranger = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await stranger.start()
    await stranger.send_and_wait(topic, b"v", key=b"k", headers=[("ce_id", None)])
    await stranger.stop()
    async with consuming(AioBroker(bootstrap, tuning=FAST), f"g-{new_id()}", topic) as consumer:
        [record] = await take(consumer, 1)
    assert record.headers == (("ce_id", b""),)
