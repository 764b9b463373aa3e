"""Each Kafka that the services name: connection and version, then its topics and groups. Nothing is written."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest

from operate.doctor.agreement import check_agreement
from operate.doctor.finding import Finding, fail, ok, warn
from operate.doctor.groups import check_groups
from operate.doctor.installation import Part
from operate.doctor.topics import check_topics
from shared.platform.settings import KafkaSettings

CONNECT_SECONDS: Final = 10.0
_FETCH: Final = 1
_INIT_PRODUCER_ID: Final = 22
_LEAST_FETCH: Final = 4
"""The first that reads committed records only (Kafka 0.11, KIP-98)."""
_RELEASES: Final = {12: "2.7", 13: "3.1", 14: "3.5", 15: "3.5", 16: "3.7", 17: "3.9", 18: "4.1"}
"""The release in which a version of Fetch came."""


async def check_brokers(parts: Sequence[Part]) -> AsyncIterator[Finding]:
    """The findings about each Kafka that the services name, and about each service's consumer groups there."""
    clusters: dict[str, list[Part]] = {}
    for part in parts:
        clusters.setdefault(part.settings.kafka, []).append(part)
    for servers, users in clusters.items():
        async for finding in _check_cluster(servers, users):
            yield finding


async def _check_cluster(servers: str, users: Sequence[Part]) -> AsyncIterator[Finding]:
    refused = {part.service: reason for part in users if (reason := await _refusal(part.settings))}
    for service, reason in refused.items():
        yield fail(
            "kafka.connection",
            service,
            f"{servers} does not let the service in: {reason}",
            advice="Is Kafka running there? REDRESS_KAFKA and REDRESS_KAFKA_* say where and how to reach it.",
        )
    let_in = [part for part in users if part.service not in refused]
    if not let_in:
        return
    client = client_of(let_in[0].settings)
    yield ok("kafka.connection", ", ".join(part.service for part in let_in), servers)
    yield judged_version(servers, await _api_versions(client))
    async for finding in check_topics(client):
        yield finding
    for part in let_in:
        async for finding in check_groups(part.service, client_of(part.settings)):
            yield finding
        async for finding in check_agreement(part, client_of(part.settings)):
            yield finding


def client_of(settings: KafkaSettings) -> dict[str, Any]:
    """The keyword arguments of a client. Raises OSError or ssl.SSLError when a certificate cannot be read."""
    return {"bootstrap_servers": settings.kafka, **settings.kafka_security()}


async def _refusal(settings: KafkaSettings) -> str | None:
    """Why a client with these settings is not let in; None when it is."""
    admin: AIOKafkaAdminClient | None = None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            admin = AIOKafkaAdminClient(**client_of(settings))
            await admin.start()
    except (KafkaError, OSError, ValueError, TimeoutError) as error:
        return str(error) or type(error).__name__
    finally:
        if admin is not None:
            await admin.close()
    return None


async def _api_versions(given: Mapping[str, Any]) -> dict[int, int]:
    """The newest version that the broker speaks of each kind of request, by the protocol's numbers."""
    client = AIOKafkaClient(**given)
    await client.bootstrap()
    try:
        answer = await client.send(client.get_random_node(), ApiVersionRequest())
    finally:
        await client.close()
    return {kind: newest for kind, _, newest in answer.api_versions}


def judged_version(servers: str, newest: Mapping[int, int]) -> Finding:
    """Whether the broker speaks what the services need: idempotent producers and consumers of committed records."""
    fetch = newest.get(_FETCH, -1)
    release = next((_RELEASES[version] for version in sorted(_RELEASES, reverse=True) if version <= fetch), None)
    said = f"Kafka {release} or newer" if release else "Kafka before 2.7"
    if fetch < _LEAST_FETCH or _INIT_PRODUCER_ID not in newest:
        return fail(
            "kafka.version",
            servers,
            f"{said}, without idempotent producers",
            advice="Redress needs Kafka 0.11 or newer; it is tested with Kafka 4.",
        )
    if release is None:
        return warn("kafka.version", servers, said, advice="It may work; Redress is tested with Kafka 4.")
    return ok("kafka.version", servers, said)
