"""No service's role has any right on anything of another's schema: asked of the catalogue, object by object, and tried."""

from collections.abc import AsyncIterator
from itertools import permutations

import asyncpg
import pytest

from operate.runtime.databases import SERVICES, owner_of, role_of, service_url, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack

PAIRS = list(permutations(SERVICES, 2))
RELATIONS = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = $2::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND has_table_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
"""
COLUMNS = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = $2::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND has_any_column_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
"""
SEQUENCES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = $2::text::regnamespace
AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege($1, c.oid, 'USAGE, SELECT, UPDATE') END
"""
OWNED = """
SELECT relname FROM pg_class WHERE relnamespace = $2::text::regnamespace AND relowner = $1::text::regrole
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = $2::text::regnamespace AND proowner = $1::text::regrole
UNION ALL SELECT typname FROM pg_type WHERE typnamespace = $2::text::regnamespace AND typowner = $1::text::regrole
"""
ON_THE_SCHEMA = "SELECT right_ FROM unnest(ARRAY['USAGE', 'CREATE']) right_ WHERE has_schema_privilege($1, $2, right_)"
MEMBERSHIPS = """
SELECT r.rolname FROM pg_roles r WHERE r.rolname <> $1 AND (pg_has_role($1, r.oid, 'MEMBER') OR pg_has_role($1, r.oid, 'SET'))
"""
POWERS = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = $1
"""
TRIES = {
    "read": "SELECT * FROM {0}.alembic_version",
    "write": "UPDATE {0}.alembic_version SET version_num = 'x'",
    "outbox": "INSERT INTO {0}.outbox SELECT * FROM {0}.outbox",
    "sequence": "SELECT nextval('{0}.outbox_seq_seq')",
    "function": "SELECT {0}.planted()",
    "make a function": "CREATE FUNCTION {0}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "trigger": "CREATE TRIGGER t BEFORE INSERT ON {0}.outbox FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "lock": "DO $$ BEGIN LOCK TABLE {0}.outbox; END $$",
    "become": "SET ROLE redress_{0}",
    "become the owner": "SET ROLE redress_{0}_owner",
    "give": "GRANT ALL ON SCHEMA {0} TO PUBLIC",
    "drop": "DROP TABLE {0}.outbox",
}


@pytest.fixture
async def administrator(opened_once: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(with_database(admin_url(opened_once), "redress"))
    yield connection
    await connection.close()


async def as_service(stack: Stack, service: str) -> asyncpg.Connection:
    password = stack.state.passwords[service]
    return await asyncpg.connect(service_url(admin_url(stack), service, password=password))


@pytest.mark.parametrize(("service", "other"), PAIRS)
async def test_the_catalogue_grants_nothing(administrator: asyncpg.Connection, service: str, other: str) -> None:
    tables = await administrator.fetchval(
        "SELECT count(*) FROM pg_class WHERE relnamespace = $1::text::regnamespace", other
    )
    granted = {
        name: [row[0] for row in await administrator.fetch(query, role_of(service), other)]
        for name, query in {
            "relations": RELATIONS,
            "columns": COLUMNS,
            "sequences": SEQUENCES,
            "schema": ON_THE_SCHEMA,
            "owned": OWNED,
        }.items()
    }

    assert tables > 10
    assert granted == {"relations": [], "columns": [], "sequences": [], "schema": [], "owned": []}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_is_nobody_else_and_has_no_power_over_the_server(
    administrator: asyncpg.Connection, service: str
) -> None:
    role = role_of(service)

    assert await administrator.fetch(MEMBERSHIPS, role) == []
    assert await administrator.fetchval(POWERS, role) is False
    assert await administrator.fetchval("SELECT has_database_privilege($1, 'redress', 'CREATE, TEMP')", role) is False


@pytest.mark.parametrize(("service", "other"), PAIRS)
async def test_every_try_is_refused(
    opened_once: Stack, administrator: asyncpg.Connection, service: str, other: str
) -> None:
    await administrator.execute(f"SET ROLE {owner_of(other)}")
    await administrator.execute(f"CREATE OR REPLACE FUNCTION {other}.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    connection = await as_service(opened_once, service)

    for statement in TRIES.values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(other))

    assert await administrator.fetchval(f"SELECT count(*) FROM {other}.alembic_version") == 1
    await administrator.execute(f"DROP FUNCTION {other}.planted()")
    await connection.close()
