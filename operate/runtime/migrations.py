"""Database roles, migrations and topics: everything a server needs before a service may use it."""

import asyncio

from operate.progress import Say
from operate.runtime import parts
from operate.runtime.databases import SERVICES, ensure_roles
from operate.runtime.paths import Layout
from operate.runtime.state import StackState
from operate.runtime.topics import ensure_topics
from shared.platform.db.migrate import upgrade


def migrate(layout: Layout, state: StackState, *, say: Say) -> None:
    """Make roles and schemas, then bring each service's schema to its newest version."""
    admin = parts.admin_url(state)
    asyncio.run(ensure_roles(admin, {name: state.passwords[name] for name in SERVICES}))
    for name in SERVICES:
        if (layout.project / "services" / name / "migrations" / "env.py").exists():
            say(f"{name}: migrating its schema")
            upgrade(name, parts.database_url(name, state))


def create_topics(state: StackState, *, say: Say) -> None:
    """Create the topics that are missing."""
    settings = parts.kafka_settings(state)
    created = asyncio.run(ensure_topics(settings.kafka, security=settings.kafka_security()))
    say(f"Kafka: {len(created)} topics created" if created else "Kafka: all topics are there")
