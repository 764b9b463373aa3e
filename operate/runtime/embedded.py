"""A stack for tests: real PostgreSQL and real Kafka, started side by side, gone with all their data at the end."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from operate.progress import Say, say_nothing
from operate.runtime import parts
from operate.runtime.options import options_from
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack

# Data of a test need not survive the machine, only the process.
_TEST_POSTGRES = {"fsync": "off", "full_page_writes": "off"}


class Further(TypedDict, total=False):
    """Options of servers by name, and where the services send their spans."""

    postgres_options: Mapping[str, str]
    kafka_options: Mapping[str, str]
    otlp_endpoint: str


@contextmanager
def embedded_stack(
    root: Path,
    *,
    services: Iterable[str] = (),
    sinks: Iterable[str] = (),
    say: Say = say_nothing,
    **further: Unpack[Further],
) -> Iterator[Stack]:
    """Servers, roles, migrations and topics, and the named services and sinks, in the state directory `root`.

    `further` are options of the stack; those of PostgreSQL are set beside those of every test.
    """
    further["postgres_options"] = {**_TEST_POSTGRES, **further.get("postgres_options", {})}
    options = replace(options_from(os.environ, mode="test"), ports={}, mode="test", **further)
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
