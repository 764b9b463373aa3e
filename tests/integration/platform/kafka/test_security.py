"""A broker that speaks TLS and asks for a login: settings decide, and without them nothing passes."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operate.errors import OperatorError
from operate.runtime.kafka import Kafka, KafkaServerSettings
from operate.runtime.options import options_from
from operate.runtime.ports import choose_ports
from operate.runtime.topics import Topic, ensure_topics
from shared.kernel.ids import new_id
from shared.platform.kafka.aio import AioBroker
from shared.platform.kafka.port import BrokerUnavailable, Message, Record
from shared.platform.settings import KafkaSettings
from tests.support.certificates import certificate

JAAS = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="broker" password="unused" user_redress="let-me-in";'
)


def certificates(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1: what the broker shows (key and certificate), and what a client trusts."""
    now = datetime.now(UTC)  # noqa: TID251 - of a certificate
    key, made = certificate(begins=now - timedelta(days=1), ends=now + timedelta(days=1))
    shown, trusted = folder / "broker.pem", folder / "ca.pem"
    shown.write_bytes(key + made)
    trusted.write_bytes(made)
    return shown, trusted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secured")


@pytest.fixture(scope="module")
def secured_broker(folder: Path) -> Iterator[tuple[Kafka, dict[str, Any]]]:
    """A broker with a listener for SASL over TLS; the settings with which a client reaches it."""
    shown, trusted = certificates(folder)
    ports = choose_ports(configured={}, remembered={}, place=folder)
    options = options_from(os.environ, mode="test")
    plain, tls, controller = ports["kafka"], ports["mail"], ports["kafka_controller"]
    listeners = f"PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{tls},CONTROLLER://127.0.0.1:{controller}"
    broker = Kafka(
        KafkaServerSettings(
            folder=folder / "kafka",
            port=plain,
            controller_port=controller,
            log=folder / "log",
            jars=options.cache / "kafka-jars",
            maven_url=options.maven_url,
            options={
                "listeners": listeners,
                "advertised.listeners": listeners,
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "PLAINTEXT",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(shown),
                "sasl.enabled.mechanisms": "PLAIN",
                "listener.name.sasl_ssl.plain.sasl.jaas.config": JAAS,
            },
        )
    )
    broker.start()
    settings = {
        "kafka": f"127.0.0.1:{tls}",
        "kafka_security_protocol": "SASL_SSL",
        "kafka_ca_file": trusted,
        "kafka_sasl_mechanism": "PLAIN",
        "kafka_sasl_username": "redress",
        "kafka_sasl_password": "let-me-in",
        "kafka_request_timeout_ms": 5_000,
    }
    yield broker, settings
    broker.remove_data()


@pytest.fixture
def secured(secured_broker: tuple[Kafka, dict[str, Any]]) -> dict[str, Any]:
    _, settings = secured_broker
    return settings


async def _nothing_in_hand() -> None:
    return


async def test_events_pass_over_tls_with_a_login(secured: dict[str, Any]) -> None:
    settings = KafkaSettings.model_validate(secured)
    topic = f"probe.{new_id()}.v1"
    wanted = [Topic(name=topic, partitions=1, retention_hours=1)]
    assert await ensure_topics(settings.kafka, wanted, security=settings.kafka_security()) == [topic]
    broker = AioBroker(settings.kafka, tuning=settings.kafka_tuning())

    producer = broker.producer()
    await producer.start()
    await producer.publish([Message(topic=topic, key=b"a", value=b"1", headers=())])
    await producer.stop()
    consumer = broker.consumer(group="g", topics=[topic])
    await consumer.start(before_revoke=_nothing_in_hand)
    taken: list[Record] = []
    while not taken:
        taken = await consumer.poll(max_records=10, timeout_seconds=5)
    await consumer.stop()

    assert [record.value for record in taken] == [b"1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kafka_sasl_password": "guess"},
        {"kafka_ca_file": None},
        {
            "kafka_security_protocol": "PLAINTEXT",
            "kafka_ca_file": None,
            "kafka_sasl_mechanism": None,
            "kafka_sasl_username": None,
            "kafka_sasl_password": None,
        },
    ],
    ids=["another password", "an authority that is not trusted", "no security"],
)
async def test_nothing_passes_without_them(secured: dict[str, Any], wrong: dict[str, Any]) -> None:
    settings = KafkaSettings.model_validate({**secured, **wrong})
    producer = AioBroker(settings.kafka, tuning=settings.kafka_tuning()).producer()

    with pytest.raises(BrokerUnavailable):
        await producer.start()
    with pytest.raises(OperatorError, match="No Kafka answers"):
        await ensure_topics(settings.kafka, [], security=settings.kafka_security())


async def test_a_new_client_trusts_the_authority_that_was_put_in_place_of_the_old_one(
    secured_broker: tuple[Kafka, dict[str, Any]], folder: Path
) -> None:
    """The broker's certificate and what clients trust are replaced; a process that runs goes on with its next client."""
    server, given = secured_broker
    settings = KafkaSettings.model_validate(given)
    topic = f"probe.{new_id()}.v1"
    await ensure_topics(
        settings.kafka, [Topic(name=topic, partitions=1, retention_hours=1)], security=settings.kafka_security()
    )
    broker = AioBroker(settings.kafka, tuning=settings.kafka_tuning())
    message = Message(topic=topic, key=b"a", value=b"1", headers=())
    producer = broker.producer()
    await producer.start()
    await producer.publish([message])

    await asyncio.to_thread(server.stop)
    certificates(folder)
    await asyncio.to_thread(server.start)

    with pytest.raises((BrokerUnavailable, TimeoutError)):
        async with asyncio.timeout(settings.kafka_request_timeout_ms / 1000):
            await producer.publish([message])
    await producer.stop()
    after = broker.producer()
    await after.start()
    await after.publish([message])
    await after.stop()
