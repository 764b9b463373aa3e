"""All checks of an installation, one after the other."""

from collections.abc import AsyncIterator, Mapping

from operate.doctor.broker import check_brokers
from operate.doctor.certificates import check_certificates
from operate.doctor.connections import check_connections
from operate.doctor.database import check_database
from operate.doctor.finding import Finding
from operate.doctor.installation import read_settings
from shared.kernel.clock import SystemClock


async def examine(environments: Mapping[str, Mapping[str, str]]) -> AsyncIterator[Finding]:
    """The findings about the services with these environments, as they come; a failure ends no other check."""
    parts, findings = read_settings(environments)
    for finding in findings:
        yield finding
    for part in parts:
        async for finding in check_database(part):
            yield finding
    async for finding in check_connections(parts):
        yield finding
    async for finding in check_brokers(parts):
        yield finding
    async for finding in check_certificates(parts, now=SystemClock().now()):
        yield finding
