"""A stack for tests: real PostgreSQL and real Kafka, started side by side, gone with all their data at the end."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from operate.progress import Say, say_nothing
from operate.runtime import parts
from operate.runtime.options import options_from
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack

# Data of a test need not survive the machine, only the process.
_TEST_POSTGRES = {"fsync": "off", "full_page_writes": "off"}


@contextmanager
def embedded_stack(
    root: Path,
    *,
    services: Iterable[str] = (),
    sinks: Iterable[str] = (),
    postgres_options: Mapping[str, str] | None = None,
    kafka_options: Mapping[str, str] | None = None,
    otlp_endpoint: str = "",
    say: Say = say_nothing,
) -> Iterator[Stack]:
    """Servers, roles, migrations and topics, and the named services and sinks, in the state directory `root`.

    `postgres_options` and `kafka_options` are set beside those of every test; the services send their spans to
    `otlp_endpoint`.
    """
    options = replace(
        options_from(os.environ, mode="test"),
        ports={},
        mode="test",
        postgres_options={**_TEST_POSTGRES, **(postgres_options or {})},
        kafka_options=dict(kafka_options or {}),
        otlp_endpoint=otlp_endpoint,
    )
    stack = Stack(Layout(state=root), options, say=say)
    try:
        stack.up(services=services, sinks=sinks)
        yield stack
    finally:
        stack.reset()


def admin_url(stack: Stack) -> str:
    """The administrator's URL of the maintenance database."""
    return parts.admin_url(stack.state)


def database_url(stack: Stack, service: str) -> str:
    """The URL with which a service logs in (SQLAlchemy form)."""
    return parts.database_url(service, stack.state)


def bootstrap_servers(stack: Stack) -> str:
    """The broker's address."""
    return parts.bootstrap_servers(stack.state)
