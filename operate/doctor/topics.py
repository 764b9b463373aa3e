"""The topics of `deploy/topics.yaml` as the broker has them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from operate.doctor.finding import Finding, fail, ok, warn
from operate.runtime.topics import Topic, read_topics

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A topic as the broker has it."""

    partitions: int
    without_leader: int
    config: Mapping[str, str]


async def check_topics(client: Mapping[str, Any], topics: Sequence[Topic] | None = None) -> AsyncIterator[Finding]:
    """A finding for each topic, those of the file by default; `client` has the keyword arguments of a Kafka client."""
    wanted = read_topics() if topics is None else topics
    found = await _topics(client, [topic.name for topic in wanted])
    for topic in wanted:
        yield judged_topic(topic, found.get(topic.name))


async def _topics(client: Mapping[str, Any], names: Sequence[str]) -> dict[str, Found]:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        described = {each["topic"]: each["partitions"] for each in await admin.describe_topics()}
        present = [name for name in names if name in described]
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
        configs: dict[str, dict[str, str]] = {}
        for response in await admin.describe_configs(resources) if resources else ():
            for _, _, _, name, entries in response.resources:
                configs[name] = {entry[0]: entry[1] for entry in entries}
    finally:
        await admin.close()
    return {
        name: Found(
            partitions=len(described[name]),
            without_leader=sum(each["leader"] < 0 for each in described[name]),
            config=configs.get(name, {}),
        )
        for name in present
    }


def judged_topic(wanted: Topic, found: Found | None) -> Finding:
    """A topic against its line of `deploy/topics.yaml`."""
    name = wanted.name
    if found is None:
        return fail("kafka.topic", name, "missing", advice="Run `redress topics`.")
    if found.partitions != wanted.partitions:
        return fail(
            "kafka.topic",
            name,
            f"{found.partitions} partitions, deploy/topics.yaml says {wanted.partitions}",
            advice="Another number breaks the order of a case's events: make the topic anew once it has been consumed.",
        )
    if found.without_leader:
        return fail(
            "kafka.topic",
            name,
            f"{found.without_leader} of {found.partitions} partitions have no leader",
            advice="A broker is gone: start it again.",
        )
    return _judged_config(wanted, found)


def _judged_config(wanted: Topic, found: Found) -> Finding:
    name, policy = wanted.name, found.config.get("cleanup.policy", "?")
    retention = int(found.config.get("retention.ms", 0))
    keeps = wanted.retention_hours * _HOUR_MS if wanted.retention_hours >= 0 else -1
    change = f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config"
    if policy != "delete":
        return fail(
            "kafka.topic",
            name,
            f"cleanup.policy={policy}: compaction removes events that others still need",
            advice=f"{change} cleanup.policy=delete",
        )
    if retention != keeps:
        is_short = keeps < 0 or 0 <= retention < keeps
        judged = fail if is_short else warn
        return judged(
            "kafka.topic",
            name,
            f"retention.ms={retention}, deploy/topics.yaml says {keeps}",
            advice=f"{change} retention.ms={keeps}",
        )
    return ok("kafka.topic", name, f"{found.partitions} partitions, retention.ms={retention}, cleanup.policy={policy}")
