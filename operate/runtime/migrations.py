"""Database roles, migrations and topics: everything a server needs before a service may use it."""

import asyncio

from operate.progress import Say
from operate.runtime import parts
from operate.runtime.databases import SERVICES
from operate.runtime.schemas import ensure_schemas
from operate.runtime.state import StackState
from operate.runtime.topics import ensure_topics


def migrate(state: StackState, *, say: Say) -> None:
    """Make roles and schemas, then bring each service's schema to its newest version."""
    ensure_schemas(parts.admin_url(state), {name: state.passwords[name] for name in SERVICES}, say=say)


def create_topics(state: StackState, *, say: Say) -> None:
    """Create the topics that are missing."""
    settings = parts.kafka_settings(state)
    created = asyncio.run(ensure_topics(settings.kafka, security=settings.kafka_security()))
    say(f"Kafka: {len(created)} topics created" if created else "Kafka: all topics are there")
