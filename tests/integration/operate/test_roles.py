import asyncpg
import pytest

from operate.runtime.databases import SERVICES, RightsMissing, ensure_roles, service_url, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack


async def connect(stack: Stack, service: str) -> asyncpg.Connection:
    password = stack.state.passwords[service]
    return await asyncpg.connect(service_url(admin_url(stack), service, password=password))


async def test_a_service_works_in_its_own_schema_without_naming_it(opened: Stack) -> None:
    connection = await connect(opened, "intake")
    async with connection.transaction():
        await connection.execute("CREATE TABLE mine (id int)")

        assert await connection.fetchval("SELECT to_regclass('intake.mine')::text") == "mine"
        await connection.execute("DROP TABLE mine")
    await connection.close()


@pytest.mark.parametrize("other", [name for name in SERVICES if name != "sla"])
@pytest.mark.parametrize(
    "statement", ["SELECT * FROM {0}.secrets", "CREATE TABLE {0}.planted (id int)", "DROP SCHEMA {0}"]
)
async def test_a_service_has_no_rights_on_another_schema(opened: Stack, other: str, statement: str) -> None:
    owner = await connect(opened, other)
    await owner.execute("CREATE TABLE IF NOT EXISTS secrets (id int)")
    await owner.close()
    connection = await connect(opened, "sla")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement.format(other))
    await connection.close()


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE public.planted (id int)", "CREATE SCHEMA planted", "SET ROLE redress_intake"]
)
async def test_a_service_cannot_leave_its_schema_by_other_ways(opened: Stack, statement: str) -> None:
    connection = await connect(opened, "notify")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_a_service_that_waits_too_long_is_stopped_by_the_database(opened: Stack) -> None:
    connection = await connect(opened, "settlement")

    limits = [
        await connection.fetchval("SELECT current_setting($1)", name)
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "search_path")
    ]

    assert limits == ["5s", "2s", "10s", "settlement"]
    await connection.close()


async def test_making_the_roles_again_changes_only_the_password(opened: Stack) -> None:
    await ensure_roles(admin_url(opened), {"notify": "o'ther\\pass"})

    url = service_url(admin_url(opened), "notify", password="o'ther\\pass")
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT current_user::text") == "redress_notify"
    await connection.close()
    await ensure_roles(admin_url(opened), {"notify": opened.state.passwords["notify"]})


async def test_an_administrator_who_is_no_superuser_can_make_the_roles_in_his_own_database(
    opened: Stack,
) -> None:
    root = await asyncpg.connect(admin_url(opened))
    await root.execute("CREATE ROLE house LOGIN CREATEROLE PASSWORD 'h'")
    await root.execute("CREATE DATABASE house OWNER house")
    host = admin_url(opened).rpartition("@")[2]
    url = with_database(f"postgresql://house:h@{host}", "house")

    await ensure_roles(url, {"survey": "s"})

    connection = await asyncpg.connect(service_url(url, "survey", password="s"))
    await connection.execute("CREATE TABLE mine (id int)")
    await connection.close()
    await root.close()


@pytest.mark.parametrize("database", ["postgres", "small"])
async def test_a_user_without_the_rights_is_told_which_and_how_to_get_them(opened: Stack, database: str) -> None:
    root = await asyncpg.connect(admin_url(opened))
    await root.execute("CREATE ROLE small LOGIN PASSWORD 's'")
    await root.execute("CREATE DATABASE small OWNER small")
    host = admin_url(opened).rpartition("@")[2]
    try:
        with pytest.raises(RightsMissing, match=r'small may not set up database(?s:.*)ALTER ROLE "small" CREATEROLE;'):
            await ensure_roles(with_database(f"postgresql://small:s@{host}", database), opened.state.passwords)
    finally:
        await root.execute("DROP DATABASE small")
        await root.execute("DROP ROLE small")
        await root.close()
