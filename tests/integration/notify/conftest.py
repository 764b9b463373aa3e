"""A database of notify, a small pack, and an SMTP server for each test."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services.notify.migrations.schema import KERNEL
from services.notify.settings import NotifySettings
from shared.platform.db.engine import connect
from tests.integration.notify.stage import Mailbox, Stage, smtp_server
from tests.support.packs import documents
from tests.support.settings import OF_A_TEST


@pytest.fixture
async def stage(service_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Stage]:
    db = connect(service_database("notify"), kernel=KERNEL, pool_size=32, application_name="test-notify")
    yield Stage(db, documents(tmp_path))
    await db.dispose()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox(port: int) -> Iterator[Mailbox]:
    with smtp_server(port) as found:
        yield found


@pytest.fixture
def settings() -> NotifySettings:
    return NotifySettings(
        database_url="postgresql://unused/unused",
        **OF_A_TEST,
        jwt_public_key_file=Path("unused"),
        smtp_url="smtp://127.0.0.1:1",
        smtp_helo_name="localhost",
        webhook_allow_private=True,
    )
