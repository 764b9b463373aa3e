import asyncio
from datetime import timedelta

import asyncpg
import pytest

from operate.runtime.databases import (
    SERVICES,
    RightsMissing,
    ensure_rights,
    ensure_roles,
    owner_of,
    role_of,
    service_url,
    with_database,
)
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack


async def connect(stack: Stack, service: str) -> asyncpg.Connection:
    password = stack.state.passwords[service]
    return await asyncpg.connect(service_url(admin_url(stack), service, password=password))


async def as_owner(stack: Stack, service: str) -> asyncpg.Connection:
    """The administrator in the role that owns the service's schema, as migrations run."""
    settings = {"role": owner_of(service), "search_path": service}
    return await asyncpg.connect(with_database(admin_url(stack), "redress"), server_settings=settings)


async def test_a_service_works_in_its_own_schema_without_naming_it(opened_once: Stack) -> None:
    connection = await connect(opened_once, "intake")
    transaction = connection.transaction()
    await transaction.start()

    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    assert await connection.execute("SELECT nextval('outbox_seq_seq')") == "SELECT 1"
    assert await connection.execute("UPDATE outbox_feed SET head = head") == "UPDATE 1"
    assert await connection.execute("DELETE FROM outbox_feed") == "DELETE 1"
    assert await connection.execute("INSERT INTO outbox_feed DEFAULT VALUES") == "INSERT 0 1"
    await transaction.rollback()
    await connection.close()


@pytest.mark.parametrize("other", [name for name in SERVICES if name != "sla"])
@pytest.mark.parametrize(
    "statement", ["SELECT * FROM {0}.secrets", "CREATE TABLE {0}.planted (id int)", "DROP SCHEMA {0}"]
)
async def test_a_service_has_no_rights_on_another_schema(opened_once: Stack, other: str, statement: str) -> None:
    owner = await as_owner(opened_once, other)
    await owner.execute("CREATE TABLE IF NOT EXISTS secrets (id int)")
    await owner.close()
    connection = await connect(opened_once, "sla")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement.format(other))
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE planted (id int)",
        "CREATE FUNCTION planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE outbox ADD COLUMN planted int",
        "ALTER FUNCTION create_archive_partition(date) SECURITY INVOKER",
        "CREATE INDEX planted ON outbox (shard)",
        "CREATE TRIGGER t BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "TRUNCATE outbox",
        "DROP TABLE outbox",
        "DROP TABLE outbox_archive_default",
        "DROP SCHEMA {schema} CASCADE",
        "UPDATE alembic_version SET version_num = 'planted'",
        "DELETE FROM alembic_version",
        "SET ROLE {owner}",
    ],
)
async def test_a_service_cannot_change_its_own_schema(opened_once: Stack, service: str, statement: str) -> None:
    connection = await connect(opened_once, service)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement.format(schema=service, owner=owner_of(service)))
    await connection.close()


async def test_a_service_drops_only_old_days_of_its_archive(opened_once: Stack) -> None:
    connection = await connect(opened_once, "sla")
    transaction = connection.transaction()
    await transaction.start()
    today = await connection.fetchval("SELECT current_date")

    await connection.execute("SELECT create_archive_partition($1)", today - timedelta(days=7))
    await connection.execute("SELECT drop_archive_partition($1)", today - timedelta(days=7))
    await connection.execute("SELECT create_archive_partition($1)", today - timedelta(days=6))
    with pytest.raises(asyncpg.RaiseError, match="younger than 7 days"):
        await connection.execute("SELECT drop_archive_partition($1)", today - timedelta(days=6))
    await transaction.rollback()
    await connection.close()


async def test_what_a_service_owned_before_is_its_owners_from_now_on(opened_once: Stack) -> None:
    """As in an installation whose services owned their schemas."""
    root = await asyncpg.connect(with_database(admin_url(opened_once), "redress"))
    await root.execute("CREATE ROLE redress_former LOGIN NOINHERIT; CREATE SCHEMA former AUTHORIZATION redress_former")
    await root.execute("SET ROLE redress_former; CREATE TABLE former.alembic_version (version_num text)")
    await root.execute("CREATE TABLE former.made (id int); CREATE SEQUENCE former.counted; RESET ROLE")

    await ensure_roles(with_database(admin_url(opened_once), "redress"), {"former": "f"})

    owned = "SELECT relname FROM pg_class WHERE relowner = $1::text::regrole AND relkind IN ('r', 'S') ORDER BY 1"
    assert await root.fetch(owned, role_of("former")) == []
    assert [name for (name,) in await root.fetch(owned, owner_of("former"))] == ["alembic_version", "counted", "made"]
    service = await asyncpg.connect(service_url(admin_url(opened_once), "former", password="f"))
    assert await service.execute("INSERT INTO made VALUES (1)") == "INSERT 0 1"
    assert await service.fetchval("SELECT nextval('counted')") == 1
    assert await service.fetchval("SELECT count(*) FROM alembic_version") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("INSERT INTO alembic_version VALUES ('1')")
    await service.close()
    await root.execute("DROP SCHEMA former CASCADE")
    await root.close()


async def test_a_service_goes_on_while_its_schema_is_given_to_the_owner(opened_once: Stack) -> None:
    """The new owner waits for a transaction that is open, and no statement of the service waits for it for long."""
    root = await asyncpg.connect(with_database(admin_url(opened_once), "redress"))
    await root.execute(
        "CREATE ROLE redress_busy LOGIN NOINHERIT PASSWORD 'b'; CREATE SCHEMA busy AUTHORIZATION redress_busy"
    )
    await root.execute(
        "SET ROLE redress_busy; CREATE TABLE busy.made (id int); CREATE TABLE busy.told (id int); RESET ROLE; "
        "GRANT CONNECT ON DATABASE redress TO redress_busy"
    )
    url = service_url(admin_url(opened_once), "busy", password="b")
    first, second = await asyncpg.connect(url), await asyncpg.connect(url)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'REASSIGN%' AND wait_event_type = 'Lock'"
    async with first.transaction():
        await first.execute("INSERT INTO busy.made VALUES (1)")
        giving = asyncio.create_task(ensure_roles(with_database(admin_url(opened_once), "redress"), {"busy": "b"}))
        async with asyncio.timeout(10):
            while not await root.fetchval(waits):
                assert not giving.done()
        for number in range(20):
            await asyncio.wait_for(second.execute("INSERT INTO busy.made VALUES ($1)", number), 1)
            await asyncio.wait_for(second.execute("INSERT INTO busy.told VALUES ($1)", number), 1)
        assert not giving.done()
    await asyncio.wait_for(giving, 20)
    owned = "SELECT count(*) FROM pg_class WHERE relowner = 'redress_busy_owner'::regrole AND relkind = 'r'"
    assert await root.fetchval(owned) == 2
    assert await first.fetchval("SELECT count(*) FROM busy.made") == 21
    await first.close()
    await second.close()
    await root.execute("DROP SCHEMA busy CASCADE")
    await root.close()


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE public.planted (id int)", "CREATE SCHEMA planted", "SET ROLE redress_intake"]
)
async def test_a_service_cannot_leave_its_schema_by_other_ways(opened_once: Stack, statement: str) -> None:
    connection = await connect(opened_once, "notify")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_a_service_that_waits_too_long_is_stopped_by_the_database(opened_once: Stack) -> None:
    connection = await connect(opened_once, "settlement")

    limits = [
        await connection.fetchval("SELECT current_setting($1)", name)
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "search_path")
    ]

    assert limits == ["5s", "2s", "10s", "settlement"]
    await connection.close()


async def test_making_the_roles_again_changes_only_the_password(opened_once: Stack) -> None:
    await ensure_roles(admin_url(opened_once), {"notify": "o'ther\\pass"})

    url = service_url(admin_url(opened_once), "notify", password="o'ther\\pass")
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT current_user::text") == "redress_notify"
    await connection.close()
    await ensure_roles(admin_url(opened_once), {"notify": opened_once.state.passwords["notify"]})


async def test_an_administrator_who_is_no_superuser_can_make_the_roles_in_his_own_database(
    opened_once: Stack,
) -> None:
    root = await asyncpg.connect(admin_url(opened_once))
    await root.execute("CREATE ROLE house LOGIN CREATEROLE PASSWORD 'h'")
    await root.execute("CREATE DATABASE house OWNER house")
    host = admin_url(opened_once).rpartition("@")[2]
    url = with_database(f"postgresql://house:h@{host}", "house")

    await ensure_roles(url, {"survey": "s"})
    owner = await asyncpg.connect(url, server_settings={"role": owner_of("survey"), "search_path": "survey"})
    await owner.execute("CREATE TABLE mine (id int)")
    await owner.close()
    await ensure_rights(url, ["survey"])

    connection = await asyncpg.connect(service_url(url, "survey", password="s"))
    await connection.execute("INSERT INTO mine VALUES (1)")
    await connection.close()
    await root.close()


@pytest.mark.parametrize("database", ["postgres", "small"])
async def test_a_user_without_the_rights_is_told_which_and_how_to_get_them(opened_once: Stack, database: str) -> None:
    root = await asyncpg.connect(admin_url(opened_once))
    await root.execute("CREATE ROLE small LOGIN PASSWORD 's'")
    await root.execute("CREATE DATABASE small OWNER small")
    host = admin_url(opened_once).rpartition("@")[2]
    try:
        with pytest.raises(RightsMissing, match=r'small may not set up database(?s:.*)ALTER ROLE "small" CREATEROLE;'):
            await ensure_roles(with_database(f"postgresql://small:s@{host}", database), opened_once.state.passwords)
    finally:
        await root.execute("DROP DATABASE small")
        await root.execute("DROP ROLE small")
        await root.close()
