"""The topics of `deploy/topics.yaml` on a broker: created when missing, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from ruamel.yaml import YAML

from operate.errors import OperatorError
from operate.runtime.paths import PROJECT

TOPICS = PROJECT / "deploy" / "topics.yaml"
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One line of the file."""

    name: str
    partitions: int
    retention_hours: int


class TopicDiffers(OperatorError):
    """A topic exists with another number of partitions; changing it would break the order of a case's events."""

    def __init__(self, name: str, *, wanted: int, found: int) -> None:
        super().__init__(
            f"Topic {name} has {found} partitions, deploy/topics.yaml says {wanted}.",
            hint="Put the number back, or create the topic anew after its events have been consumed.",
        )


class BrokerNotReachable(OperatorError):
    """Nothing that speaks Kafka answers at the address."""

    def __init__(self, bootstrap_servers: str, error: Exception) -> None:
        super().__init__(
            f"No Kafka answers at {bootstrap_servers}: {error}",
            hint="KAFKA=host:port[,host:port] names your brokers, REDRESS_KAFKA_* their security "
            "(docs/configuration.md); leave all of them out to start a broker here.",
        )


def read_topics(path: Path = TOPICS) -> list[Topic]:
    """The topics of the file, in its order."""
    entries = YAML(typ="safe").load(path.read_text())["topics"]
    return [Topic(name=name, **values) for name, values in entries.items()]


async def ensure_topics(
    bootstrap_servers: str,
    topics: Sequence[Topic] | None = None,
    *,
    replication: int = 1,
    security: Mapping[str, object] = MappingProxyType({}),
) -> list[str]:
    """Create what is missing and return its names; running it twice creates nothing the second time."""
    wanted = read_topics() if topics is None else topics
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **security)
    try:
        await admin.start()
    except (KafkaError, OSError, ValueError) as error:
        await admin.close()
        raise BrokerNotReachable(bootstrap_servers, error) from None
    try:
        found = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics()}
        for topic in wanted:
            if found.get(topic.name, topic.partitions) != topic.partitions:
                raise TopicDiffers(topic.name, wanted=topic.partitions, found=found[topic.name])
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            await _create(admin, missing, replication=replication)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], *, replication: int) -> None:
    answer = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                replication,
                topic_configs={"retention.ms": str(_retention_ms(topic)), "compression.type": "producer"},
            )
            for topic in topics
        ]
    )
    for name, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise OperatorError(f"Topic {name} could not be created: {for_code(code).__name__}.")


def _retention_ms(topic: Topic) -> int:
    return -1 if topic.retention_hours < 0 else topic.retention_hours * _HOUR_MS
