"""The roles and schemas of the services in a database, at the newest version."""

import asyncio
from collections.abc import Mapping

from operate.progress import Say
from operate.runtime.databases import database_of, ensure_rights, ensure_roles, owner_of, with_database
from shared.platform.db.migrate import upgrade


def ensure_schemas(admin_url: str, passwords: Mapping[str, str], *, say: Say) -> None:
    """Make roles and schemas, then bring each schema to its newest version; `passwords` is by service."""
    asyncio.run(ensure_roles(admin_url, passwords))
    url = with_database(admin_url, database_of(admin_url))
    for service in passwords:
        say(f"{service}: migrating its schema")
        upgrade(service, url, role=owner_of(service))
    asyncio.run(ensure_rights(admin_url, passwords))
