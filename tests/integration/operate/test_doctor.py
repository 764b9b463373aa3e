"""Each check of `redress doctor` finds on real servers what it is for. What it finds well is in `tests/e2e/test_doctor.py`."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from operate.doctor.certificates import check_certificates
from operate.doctor.connections import check_connections
from operate.doctor.database import check_database
from operate.doctor.examine import examine
from operate.doctor.finding import Finding, Level
from operate.doctor.groups import check_group
from operate.doctor.installation import Part, read_settings
from operate.doctor.topics import check_topics
from operate.runtime.topics import Topic, ensure_topics
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.platform.db.migrate import upgrade
from tests.conftest import CloneDatabase
from tests.support.certificates import certificate
from tests.support.eventually import eventually

PASSWORD = "let-me-in"
OUTBOX_ROW = """
    INSERT INTO sla.outbox (id, aggregatetype, aggregateid, aggregate_version, type, topic, key, shard, org_id,
                            occurred_at, payload, correlation_id, created_at)
    VALUES ($1::uuid, 'clock', 'c', 1, 'clock.started.v1', 'redress.sla.v1', 'k', 0, $1::uuid, now(), '{}', 'c',
            now() - make_interval(secs => $2))
"""
DEAD_LETTER = """
    INSERT INTO sla.dead_letter (dead_letter_id, org_id, consumer, key, topic, partition, record_offset, headers, code, error)
    VALUES ($1::uuid, $1::uuid, 'sla.cases', 'k', 'redress.intake.v1', 0, 7, '[]', 'undecodable', 'no event')
"""
PARKED_KEY = """
    INSERT INTO sla.parked_key (org_id, consumer, topic, key, event_id, code, error)
    VALUES ($1::uuid, 'sla.cases', 'redress.intake.v1', 'k', $1::uuid, 'undecodable', 'no event')
"""


def environment(url: str, **others: str) -> dict[str, str]:
    """Of a process of sla."""
    return {
        "REDRESS_DATABASE_URL": url,
        "REDRESS_KAFKA": "127.0.0.1:1",
        "REDRESS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "REDRESS_HOST": "127.0.0.1",
        "REDRESS_HTTP_PORT": "0",
        "REDRESS_MODE": "test",
        "REDRESS_JWT_ISSUERS": '[{"issuer": "https://issuer.invalid", "key_file": "/nowhere.pem"}]',
        "REDRESS_LINK_KEYS": b64encode(bytes(32)).decode(),
        **others,
    }


def part(url: str, **others: str) -> Part:
    [read], _ = read_settings({"sla": environment(url, **others)})
    return read


async def of_database(url: str) -> dict[str, Finding]:
    return {finding.check: finding async for finding in check_database(part(url))}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def role(service_database: Callable[..., str]) -> AsyncIterator[tuple[str, str, str]]:
    """A login of its own that may use a database of sla: the administrator's URL, the role's, and its name."""
    admin = service_database("sla")
    name = f"doctor_{new_id().replace('-', '')}"
    async with connected(admin) as connection:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        await connection.execute(f"GRANT USAGE ON SCHEMA sla TO {name}")
        await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sla TO {name}")
        place = urlsplit(admin)
        yield admin, urlunsplit(place._replace(netloc=f"{name}:{PASSWORD}@{place.hostname}:{place.port}")), name
        await connection.execute(f"DROP OWNED BY {name}")
        await connection.execute(f"DROP ROLE {name}")


async def test_a_role_of_its_own_is_well(role: tuple[str, str, str]) -> None:
    _, url, _ = role
    found = await of_database(url)
    assert {finding.level for finding in found.values()} == {Level.OK}, found


def test_settings_that_are_missing_are_named_without_any_value() -> None:
    given = environment(f"mysql://u:{PASSWORD}@db/x")
    del given["REDRESS_HOST"]

    parts, findings = read_settings({"sla": given})

    assert parts == []
    assert {finding.level for finding in findings} == {Level.FAIL}
    said = " ".join(finding.found for finding in findings)
    assert "REDRESS_HOST is required" in said
    assert "REDRESS_DATABASE_URL" in said
    assert PASSWORD not in said


def test_the_environment_of_the_process_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_HOST", "10.0.0.1")
    monkeypatch.delenv("REDRESS_POOL_SIZE", raising=False)

    read_settings({"sla": environment("postgresql://u@db/x", REDRESS_POOL_SIZE="64")})

    assert os.environ["REDRESS_HOST"] == "10.0.0.1"
    assert "REDRESS_POOL_SIZE" not in os.environ


async def test_a_database_that_is_not_there_is_one_finding(role: tuple[str, str, str]) -> None:
    _, url, _ = role
    for wrong in (f"postgresql://sla:{PASSWORD}@127.0.0.1:1/redress", f"{url}_elsewhere"):
        found = await of_database(wrong)
        assert list(found) == ["database.connection"]
        assert found["database.connection"].level is Level.FAIL
        assert PASSWORD not in found["database.connection"].as_line()


async def test_a_superuser_and_a_reader_of_another_schema_break_the_wall(role: tuple[str, str, str]) -> None:
    admin, url, name = role
    assert (await of_database(admin))["database.walls"].level is Level.FAIL
    async with connected(admin) as connection:
        await connection.execute("CREATE SCHEMA settlement")
        await connection.execute(f"GRANT USAGE ON SCHEMA settlement TO {name}")

    found = (await of_database(url))["database.walls"]

    assert (found.level, "settlement" in found.found) == (Level.FAIL, True)


async def test_a_right_that_lacks_is_named(role: tuple[str, str, str]) -> None:
    admin, url, name = role
    async with connected(admin) as connection:
        await connection.execute(f"REVOKE INSERT ON sla.outbox FROM {name}")

    found = (await of_database(url))["database.rights"]

    assert (found.level, "INSERT on sla.outbox" in found.found) == (Level.FAIL, True)


async def test_a_schema_behind_the_code_is_to_be_migrated(clone_database: CloneDatabase) -> None:
    url = clone_database("sla_behind", lambda url: upgrade("sla", url, "0010_saw_versions"))
    found = (await of_database(url))["database.migrations"]
    assert (found.level, found.advice) == (Level.FAIL, "Run `redress migrate`.")
    assert "0010_saw_versions" in found.found


async def test_a_database_without_the_schema_is_to_be_migrated(clone_database: CloneDatabase) -> None:
    found = await of_database(clone_database("empty", lambda _: None))
    assert found["database.migrations"].level is Level.FAIL
    assert found["database.rights"].level is Level.FAIL
    assert "events.parked" not in found


async def test_a_schema_that_is_newer_than_the_code_is_no_failure(role: tuple[str, str, str]) -> None:
    admin, url, _ = role
    async with connected(admin) as connection:
        await connection.execute("UPDATE sla.alembic_version SET version_num = '9999_later'")
    assert (await of_database(url))["database.migrations"].level is Level.WARN


async def test_dead_letters_and_parked_keys_are_counted(role: tuple[str, str, str]) -> None:
    admin, url, _ = role
    async with connected(admin) as connection:
        await connection.execute(DEAD_LETTER, new_id())
        await connection.execute(PARKED_KEY, new_id())
        await connection.execute(PARKED_KEY, new_id())

    found = (await of_database(url))["events.parked"]

    assert (found.level, found.found) == (Level.WARN, "1 open dead letters, 2 parked keys")


@pytest.mark.parametrize(("seconds", "level"), [(30.0, Level.OK), (90.0, Level.FAIL)])
async def test_events_that_nothing_publishes(role: tuple[str, str, str], seconds: float, level: Level) -> None:
    admin, url, _ = role
    async with connected(admin) as connection:
        await connection.execute(OUTBOX_ROW, new_id(), seconds)
    assert (await of_database(url))["events.outbox"].level is level


async def test_a_pool_that_the_server_has_no_room_for(role: tuple[str, str, str]) -> None:
    _, url, _ = role
    async with connected(url) as connection:
        most = int(await connection.fetchval("SHOW max_connections"))

    small = [each async for each in check_connections([part(url, REDRESS_POOL_SIZE="24")])]
    large = [each async for each in check_connections([part(url, REDRESS_POOL_SIZE=str(min(500, most)))])]

    assert [each.level for each in small] == [Level.OK]
    assert [each.level for each in large] == [Level.FAIL]


async def test_a_role_with_fewer_connections_than_its_pool(role: tuple[str, str, str]) -> None:
    admin, url, name = role
    async with connected(admin) as connection:
        await connection.execute(f"ALTER ROLE {name} CONNECTION LIMIT 23")

    found = [each async for each in check_connections([part(url, REDRESS_POOL_SIZE="24")])]

    assert [(each.subject, each.level) for each in found[1:]] == [("sla", Level.FAIL)]


async def test_a_broker_that_is_not_there_ends_no_other_check(role: tuple[str, str, str]) -> None:
    _, url, _ = role
    found = {each.check: each async for each in examine({"sla": environment(url)})}
    assert found["kafka.connection"].level is Level.FAIL
    assert "kafka.topic" not in found
    assert found["database.migrations"].level is Level.OK


async def test_a_check_that_a_server_ends_is_a_failure_and_the_others_go_on(role: tuple[str, str, str]) -> None:
    admin, url, name = role
    async with connected(admin) as connection:
        await connection.execute(f"REVOKE SELECT ON sla.alembic_version FROM {name}")

    found = {each.check: each async for each in examine({"sla": environment(url)})}

    assert (found["check.ended"].subject, found["check.ended"].level) == ("the database of sla", Level.FAIL)
    assert "alembic_version" in found["check.ended"].found
    assert found["kafka.connection"].level is Level.FAIL


async def test_a_broker_that_is_there(role: tuple[str, str, str], bootstrap: str) -> None:
    _, url, _ = role
    found = [each async for each in examine({"sla": environment(url, REDRESS_KAFKA=bootstrap)})]
    by_check = {each.check: each for each in found}
    assert by_check["kafka.connection"].level is Level.OK
    assert by_check["kafka.version"].level is Level.OK
    assert {each.level for each in found if each.check == "kafka.topic"} == {Level.OK}


async def test_topics_that_differ(bootstrap: str) -> None:
    names = {case: f"doctor.{case}.{new_id()}" for case in ("well", "missing", "short", "compact", "partitions")}
    configs = {
        "well": {"retention.ms": "3600000"},
        "short": {"retention.ms": "3599999"},
        "compact": {"retention.ms": "3600000", "cleanup.policy": "compact"},
        "partitions": {"retention.ms": "3600000"},
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(names[case], 2, 1, topic_configs=config) for case, config in configs.items()])

    async def are_there() -> bool:
        described = await admin.describe_topics([names[case] for case in configs])
        return all(len(each["partitions"]) == 2 for each in described)

    await eventually(are_there)
    await admin.close()
    wanted = [
        Topic(name=name, partitions=3 if case == "partitions" else 2, retention_hours=1) for case, name in names.items()
    ]

    found = {each.subject: each.level async for each in check_topics({"bootstrap_servers": bootstrap}, wanted)}

    assert {case: found[name] for case, name in names.items()} == {
        "well": Level.OK,
        "missing": Level.FAIL,
        "short": Level.FAIL,
        "compact": Level.FAIL,
        "partitions": Level.FAIL,
    }


async def test_a_group_is_judged_by_members_and_by_what_it_commits(bootstrap: str) -> None:
    topic, group = f"doctor.{new_id()}", f"sla.{new_id()}"
    client = {"bootstrap_servers": bootstrap}
    await ensure_topics(bootstrap, [Topic(name=topic, partitions=1, retention_hours=1)])
    producer = AIOKafkaProducer(**client)
    await producer.start()
    await producer.send_and_wait(topic, b"one", partition=0)
    await producer.stop()

    async def judged(seconds: float = 1.0) -> Finding:
        return await check_group(client, group, frozenset({topic}), seconds=seconds)

    alone = await judged()
    assert (alone.level, alone.found) == (Level.FAIL, "0 members, 1 records behind")
    member = AIOKafkaConsumer(topic, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest", **client)
    await member.start()
    await member.getone()
    stuck = await judged()
    assert (stuck.level, stuck.found) == (Level.FAIL, "1 members, 1 records behind, and no offset moves")
    watched = asyncio.create_task(judged(20.0))
    await asyncio.wait([watched], timeout=1.0)
    await member.commit({TopicPartition(topic, 0): 1})
    assert (await watched).level is Level.OK
    assert (await judged()).found == "1 members, 0 records behind"
    await member.stop()
    assert (await judged()).level is Level.WARN


@pytest.mark.parametrize(("days", "level"), [(90, Level.OK), (10, Level.WARN)])
async def test_certificates_of_files_and_of_servers(tmp_path: Path, days: int, level: Level) -> None:
    now = SystemClock().now()
    key, pem = certificate(begins=now - timedelta(days=1), ends=now + timedelta(days=days))
    (tmp_path / "ca.pem").write_bytes(pem)
    (tmp_path / "server.pem").write_bytes(key + pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    secured = part(
        "postgresql://sla@127.0.0.1:1/redress",
        REDRESS_KAFKA=place,
        REDRESS_KAFKA_SECURITY_PROTOCOL="SSL",
        REDRESS_KAFKA_CA_FILE=str(tmp_path / "ca.pem"),
    )

    found = {each.subject: each.level async for each in check_certificates([secured], now=now)}
    server.close()

    assert found == {str(tmp_path / "ca.pem"): level, place: level}


async def test_an_expired_certificate_and_a_server_without_one(tmp_path: Path) -> None:
    now = datetime(2026, 3, 5, tzinfo=UTC)
    _, pem = certificate(begins=now - timedelta(days=90), ends=now)
    (tmp_path / "ca.pem").write_bytes(pem)
    secured = part(
        "postgresql://sla@127.0.0.1:1/redress",
        REDRESS_KAFKA="127.0.0.1:1",
        REDRESS_KAFKA_SECURITY_PROTOCOL="SSL",
        REDRESS_KAFKA_CA_FILE=str(tmp_path / "ca.pem"),
    )

    found = {each.subject: each.level async for each in check_certificates([secured], now=now)}

    assert found == {str(tmp_path / "ca.pem"): Level.FAIL, "127.0.0.1:1": Level.WARN}


def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")} | given
    command = [sys.executable, "-m", "operate.cli", "doctor", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_the_command_exits_with_1_and_prints_an_object_for_each_finding() -> None:
    done = run("--service", "sla", "--json", **environment("postgresql://sla@127.0.0.1:1/redress"))

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert {"check", "subject", "level", "found", "advice"} == set(lines[0])
    assert {(line["check"], line["level"]) for line in lines} == {
        ("settings.complete", "ok"),
        ("database.connection", "fail"),
        ("kafka.connection", "fail"),
    }


def test_the_command_says_what_to_do_and_counts() -> None:
    done = run("--service", "sla", **environment("postgresql://sla@127.0.0.1:1/redress"))

    assert done.returncode == 1, done.stderr
    assert "→ Is PostgreSQL running there" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 ok, 0 warn, 2 fail"


def test_an_unknown_service_is_refused() -> None:
    done = run("--service", "billing")
    assert (done.returncode, "There is no service billing." in done.stderr) == (1, True)
