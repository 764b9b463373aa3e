"""Real servers for the tests that need them: one PostgreSQL and one Kafka per test process, started at first use.

REDRESS_TEST_DATABASE_URL (an administrator's URL) and REDRESS_TEST_KAFKA name servers that run already. Every
database is a clone of a template that was migrated once.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from operate.progress import say_nothing
from operate.runtime.kafka import Kafka, KafkaServerSettings
from operate.runtime.options import options_from
from operate.runtime.ports import choose_ports
from operate.runtime.postgres import Postgres, PostgresSettings
from operate.runtime.postgres_place import find_place
from operate.runtime.topics import ensure_topics
from shared.kernel.ids import new_id
from shared.platform.db.migrate import upgrade
from tests.support.dealing_out import ByStack
from tests.support.memory_folder import memory_folder

Prepare = Callable[[str], None]
CloneDatabase = Callable[[str, Prepare], str]
# Data of a test need not survive the machine, only the process.
_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

# How fast a machine is today is no property of the code: speed is measured by `make bench`.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# The usual renderer writes every local variable of every frame beside a traceback: seconds for each, within the event loop.
_PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _PLAIN])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByStack:
    """Deal out by stack, and else by module."""
    return ByStack(config, log)


@pytest.fixture(scope="session")
def server_ports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    return choose_ports(configured={}, remembered={}, place=tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def admin_url(tmp_path_factory: pytest.TempPathFactory, server_ports: dict[str, int]) -> Iterator[str]:
    """The administrator's URL of a PostgreSQL server."""
    if given := os.environ.get("REDRESS_TEST_DATABASE_URL"):
        yield given
        return
    folder = tmp_path_factory.mktemp("postgres")
    place = find_place(memory_folder("postgres", otherwise=folder), say=say_nothing)
    server = Postgres(
        place, PostgresSettings(port=server_ports["postgres"], password="test", log=folder / "log", options=_FAST)
    )
    server.start()
    yield server.url
    server.remove_data()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory, server_ports: dict[str, int]) -> Iterator[Kafka]:
    """A Kafka broker of this test process, for tests that stop or kill it."""
    folder = tmp_path_factory.mktemp("kafka")
    options = options_from(os.environ, mode="test")
    kafka = Kafka(
        KafkaServerSettings(
            folder=folder,
            port=server_ports["kafka"],
            controller_port=server_ports["kafka_controller"],
            log=folder / "log",
            jars=options.cache / "kafka-jars",
            maven_url=options.maven_url,
        )
    )
    kafka.start()
    yield kafka
    kafka.remove_data()


@pytest.fixture(scope="session")
def bootstrap(request: pytest.FixtureRequest) -> str:
    """The bootstrap servers of a broker that has all topics of the product."""
    servers = os.environ.get("REDRESS_TEST_KAFKA") or request.getfixturevalue("kafka_server").bootstrap_servers
    _in_thread(ensure_topics(servers))
    return str(servers)


@pytest.fixture(scope="session")
def template_database(admin_url: str) -> Iterator[CloneDatabase]:
    """Make a template once per name: `prepare(url)` fills it."""
    made: dict[str, str] = {}

    def template(name: str, prepare: Prepare) -> str:
        if name not in made:
            database = f"template_{name}_{os.getpid()}"
            _run(admin_url, f"CREATE DATABASE {database}")
            prepare(_named(admin_url, database))
            made[name] = database
        return made[name]

    yield template
    for database in made.values():
        _run(admin_url, f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def clone_database(admin_url: str, template_database: CloneDatabase) -> Iterator[CloneDatabase]:
    """Clone a template for one test: `clone_database(name, prepare)` gives the URL."""
    made: list[str] = []

    def clone(name: str, prepare: Prepare) -> str:
        database = f"test_{new_id().replace('-', '')}"
        _run(admin_url, f"CREATE DATABASE {database} TEMPLATE {template_database(name, prepare)} STRATEGY FILE_COPY")
        made.append(database)
        return _named(admin_url, database)

    yield clone
    for database in made:
        _run(admin_url, f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def service_database(clone_database: CloneDatabase) -> Callable[..., str]:
    """`service_database("sla")`: the URL of a fresh database with these services' schemas at head."""

    def fresh(*services: str) -> str:
        def migrate(url: str) -> None:
            for service in services:
                upgrade(service, url)

        return clone_database("_".join(services), migrate)

    return fresh


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _run(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _in_thread(run())


def _in_thread(work: Coroutine[None, None, object]) -> None:
    """On a loop of its own in a thread of its own: the test's loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()
