"""Whether a PostgreSQL server has connections enough for the pools of the services that use it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from operate.doctor.database import CONNECT_SECONDS
from operate.doctor.finding import Finding, fail, ok, warn
from operate.doctor.installation import Part

# Of other logins' sessions a service's login sees the database and the user, and not `backend_type`.
_LIMITS: Final = """
    SELECT current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - current_setting('reserved_connections', true)::int,
           (SELECT count(*) FROM pg_stat_activity
                WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND pid <> pg_backend_pid()),
           (SELECT count(*) FROM pg_stat_activity WHERE application_name = ANY($1::text[])),
           (SELECT least(nullif(rolconnlimit, -1), (SELECT nullif(datconnlimit, -1) FROM pg_database
                WHERE datname = current_database())) FROM pg_roles WHERE rolname = current_user)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Connections of a server: how many roles like ours may have in all, are in use, and are in use by the services."""

    most: int
    used: int
    ours: int
    pools: int
    """What the services may open, with one process each."""

    @property
    def free(self) -> int:
        """Connections that nothing uses."""
        return self.most - self.used

    @property
    def wanted(self) -> int:
        """Connections that the services may still open."""
        return max(0, self.pools - self.ours)


async def check_connections(parts: Sequence[Part]) -> AsyncIterator[Finding]:
    """One finding for each server, and one for a role or database with a limit below the pool of its service."""
    servers: dict[str, list[Part]] = {}
    for part in parts:
        servers.setdefault(urlsplit(part.settings.database_url).netloc.rpartition("@")[2], []).append(part)
    for server, users in servers.items():
        pools = sum(part.settings.pool_size for part in users)
        names = [f"redress-{part.service}" for part in users]
        for number, part in enumerate(users):
            try:
                connection = await asyncpg.connect(part.settings.database_url, timeout=CONNECT_SECONDS)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                continue
            try:
                most, used, ours, limit = await connection.fetchrow(_LIMITS, names)
            finally:
                await connection.close()
            if number == 0:
                yield judged_room(server, Room(most=most, used=used, ours=ours, pools=pools))
            if limit is not None and limit < part.settings.pool_size:
                yield fail(
                    "database.connections",
                    part.service,
                    f"the role or the database may have {limit} connections, its pool {part.settings.pool_size}",
                    advice=f"ALTER ROLE redress_{part.service} CONNECTION LIMIT -1, or a smaller REDRESS_POOL_SIZE.",
                )


def judged_room(server: str, room: Room) -> Finding:
    """Whether the server has room for the pools, now and when nothing else uses it."""
    said = (
        f"{room.used} of {room.most} connections are in use, {room.ours} of them by what is checked here; "
        f"one process of each service opens up to {room.pools} in all"
    )
    advice = "Raise max_connections of PostgreSQL, or lower REDRESS_POOL_SIZE of the services."
    if room.pools > room.most:
        return fail("database.connections", server, said, advice=advice)
    if room.wanted > room.free:
        return warn("database.connections", server, said, advice=f"Others use the server: end them. Else: {advice}")
    return ok("database.connections", server, said)
