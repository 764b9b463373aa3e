"""What really stands in the topics: read from the beginning, checked for order per aggregate."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from operate.runtime.embedded import bootstrap_servers
from operate.runtime.stack import Stack
from shared.contracts.topics import EVENT_TOPICS


async def order_faults(stack: Stack) -> list[str]:
    """Per aggregate, first deliveries must come in rising version order."""
    seen: set[str] = set()
    latest: dict[tuple[str, str, str], int] = {}
    faults: list[str] = []
    for topic, _, _, headers in await all_records(stack):
        if (event := headers["ce_id"]) in seen:
            continue
        seen.add(event)
        aggregate = (topic, headers["ce_aggregate"], headers["ce_aggregateid"])
        version = int(headers["ce_aggregateversion"])
        if version <= latest.get(aggregate, 0):
            faults.append(f"{aggregate}: version {version} after {latest.get(aggregate, 0)}")
        latest[aggregate] = version
    return faults


async def all_records(stack: Stack) -> list[tuple[str, int, int, dict[str, str]]]:
    """Topic, partition, offset and headers of every record of the event topics."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers(stack), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[tuple[str, int, int, dict[str, str]]] = []
    try:
        partitions = await _partitions(stack)
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    headers = {key: value.decode() for key, value in record.headers}
                    found.append((partition.topic, partition.partition, record.offset, headers))
    finally:
        await consumer.stop()
    return found


async def _partitions(stack: Stack) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers(stack))
    await admin.start()
    try:
        found = await admin.describe_topics(list(EVENT_TOPICS))
        return [TopicPartition(topic["topic"], each["partition"]) for topic in found for each in topic["partitions"]]
    finally:
        await admin.close()
