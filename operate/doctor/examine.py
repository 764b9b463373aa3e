"""All checks of an installation, one after the other."""

from collections.abc import AsyncIterator, Mapping

import asyncpg
from aiokafka.errors import KafkaError

from operate.doctor.broker import check_brokers
from operate.doctor.certificates import check_certificates
from operate.doctor.connections import check_connections
from operate.doctor.database import check_database
from operate.doctor.finding import Finding, fail
from operate.doctor.installation import read_settings
from shared.kernel.clock import SystemClock

_OF_SERVERS = (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError, TimeoutError)


async def examine(environments: Mapping[str, Mapping[str, str]]) -> AsyncIterator[Finding]:
    """The findings about the services with these environments, as they come; a failure ends no other check."""
    parts, findings = read_settings(environments)
    for finding in findings:
        yield finding
    checks = {f"the database of {part.service}": check_database(part) for part in parts}
    checks["connections"] = check_connections(parts)
    checks["Kafka"] = check_brokers(parts)
    checks["certificates"] = check_certificates(parts, now=SystemClock().now())
    for subject, check in checks.items():
        async for finding in _guarded(subject, check):
            yield finding


async def _guarded(subject: str, check: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    """The findings of a check, and one more when a server's answer ended it."""
    try:
        async for finding in check:
            yield finding
    except _OF_SERVERS as error:
        yield fail(
            "check.ended",
            subject,
            f"{type(error).__name__}: {error}",
            advice="The server refused or ended what the check asked: see its log, and the rights of the login.",
        )
