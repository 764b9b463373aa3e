import asyncio

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from operate.runtime.embedded import admin_url, bootstrap_servers
from operate.runtime.stack import Stack
from operate.runtime.topics import Topic, TopicDiffers, ensure_topics, read_topics
from shared.kernel.ids import new_id

pytestmark = pytest.mark.chaos


async def test_what_kafka_acknowledged_survives_signal_9(opened: Stack) -> None:
    topic, servers = f"survival-{new_id()}", bootstrap_servers(opened)
    await ensure_topics(servers, [Topic(name=topic, partitions=1, retention_hours=1)])
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all")
    await producer.start()
    await producer.send_and_wait(topic, b"kept")
    await producer.stop()

    await asyncio.to_thread(opened.kafka.kill)
    await asyncio.to_thread(opened.kafka.start)

    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    message = await asyncio.wait_for(consumer.getone(), timeout=30)
    await consumer.stop()
    assert message.value == b"kept"


async def test_what_postgres_committed_survives_signal_9(opened: Stack) -> None:
    connection = await asyncpg.connect(admin_url(opened))
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")

    await asyncio.to_thread(opened.postgres.kill)
    await asyncio.to_thread(opened.postgres.start)

    again = await asyncpg.connect(admin_url(opened))
    assert await again.fetchval("SELECT id FROM kept") == 7
    await again.execute("DROP TABLE kept")
    await again.close()


async def test_topics_are_created_once(opened: Stack) -> None:
    servers = bootstrap_servers(opened)

    assert await ensure_topics(servers) == []
    assert len(read_topics()) == len({topic.name for topic in read_topics()})


async def test_a_topic_with_another_number_of_partitions_is_reported_not_changed(opened: Stack) -> None:
    servers, name = bootstrap_servers(opened), f"differs-{new_id()}"
    await ensure_topics(servers, [Topic(name=name, partitions=2, retention_hours=1)])

    with pytest.raises(TopicDiffers, match=r"has 2 partitions, .* says 3"):
        await ensure_topics(servers, [Topic(name=name, partitions=3, retention_hours=1)])


async def test_two_commands_may_create_the_topics_at_once(opened: Stack) -> None:
    servers, topic = bootstrap_servers(opened), Topic(name=f"race-{new_id()}", partitions=1, retention_hours=1)

    created = await asyncio.gather(*(ensure_topics(servers, [topic]) for _ in range(5)))

    assert all(names in ([], [topic.name]) for names in created)
