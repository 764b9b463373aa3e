"""A transaction commits at the end of its block or not at all, and says when it is the database's fault."""

import asyncio

import pytest
from sqlalchemy import insert, text

from shared.kernel.errors import Conflict
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import (
    Busy,
    CommitUnknown,
    DatabaseUnavailable,
    integrity,
    reading,
    savepoint,
    transaction,
)
from shared.platform.outbox.append import append
from tests.support.probe import HANDLED, KERNEL, a_note, count, handled, rows


async def write(db: Database, note: str) -> None:
    async with transaction(db) as tx:
        await tx.execute(insert(HANDLED).values(key="a", note=note))


async def test_commits_when_the_block_ends(db: Database) -> None:
    await write(db, "one")
    assert await handled(db) == ["one"]


async def test_rolls_back_when_the_block_raises(db: Database) -> None:
    with pytest.raises(Conflict):  # noqa: PT012
        async with transaction(db) as tx:
            await tx.execute(insert(HANDLED).values(key="a", note="one"))
            raise Conflict
    assert await handled(db) == []


async def test_a_savepoint_is_undone_by_itself_with_the_events_in_it(db: Database) -> None:
    async with transaction(db) as tx:
        await append(tx, [a_note("a", 1)])
        with pytest.raises(Conflict):  # noqa: PT012
            async with savepoint(tx):
                await tx.execute(insert(HANDLED).values(key="a", note="undone"))
                await append(tx, [a_note("a", 2)])
                raise Conflict
        assert tx.appended == 1
        async with savepoint(tx):
            await tx.execute(insert(HANDLED).values(key="a", note="kept"))
            await append(tx, [a_note("a", 2)])
    assert await handled(db) == ["kept"]
    assert [row.aggregate_version for row in await rows(db, KERNEL.outbox)] == [1, 2]


async def test_a_named_constraint_becomes_its_refusal(db: Database) -> None:
    await write(db, "one")
    with pytest.raises(Conflict) as caught:  # noqa: PT012
        async with transaction(db) as tx:
            with integrity({"uq_handled_key_note": lambda: Conflict(code="note_taken")}):
                await tx.execute(insert(HANDLED).values(key="a", note="one"))
    assert caught.value.code == "note_taken"


async def test_a_killed_connection_in_the_block_is_unavailable_and_the_pool_recovers(db: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        async with transaction(db) as tx:
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert not isinstance(caught.value, CommitUnknown)
    await write(db, "after")
    assert await handled(db) == ["after"]


async def test_a_connection_that_dies_before_commit_is_an_unknown_outcome(db: Database) -> None:
    with pytest.raises(CommitUnknown) as caught:  # noqa: PT012
        async with transaction(db) as tx:
            await tx.execute(insert(HANDLED).values(key="a", note="one"))
            [(pid,)] = await tx.rows("SELECT pg_backend_pid()")
            async with reading(db) as other:
                await other.rows("SELECT pg_terminate_backend($1)", (pid,))
            await asyncio.sleep(0.1)
    assert caught.value.code == "commit_unknown"
    assert await count(db, HANDLED) == 0


async def test_a_statement_that_takes_too_long_is_unavailable(db: Database) -> None:
    with pytest.raises(DatabaseUnavailable):  # noqa: PT012
        async with transaction(db) as tx:
            await tx.execute(text("SET LOCAL statement_timeout = '50ms'"))
            await tx.execute(text("SELECT pg_sleep(5)"))


async def test_a_lock_that_is_not_given_is_busy_and_not_an_outage(db: Database) -> None:
    await write(db, "one")
    async with transaction(db) as holder:
        await holder.execute(text("SELECT * FROM handled FOR UPDATE"))
        with pytest.raises(Busy) as refused:  # noqa: PT012
            async with transaction(db) as tx:
                await tx.execute(text("SET LOCAL lock_timeout = '50ms'"))
                await tx.execute(text("SELECT * FROM handled FOR UPDATE"))
        assert refused.value.code == "busy"


async def test_an_exhausted_pool_refuses_within_its_timeout(probe_url: str) -> None:
    small = connect(probe_url, kernel=KERNEL, pool_size=1, application_name="probe")
    async with transaction(small) as tx:
        await tx.execute(text("SELECT 1"))
        async with asyncio.timeout(4):
            with pytest.raises(DatabaseUnavailable):
                await write(small, "one")
    await small.dispose()


async def test_no_server_is_unavailable() -> None:
    nowhere = connect("postgresql://nobody@127.0.0.1:1/none", kernel=KERNEL, application_name="probe")
    with pytest.raises(DatabaseUnavailable):
        await write(nowhere, "one")
    with pytest.raises(DatabaseUnavailable):
        async with reading(nowhere) as tx:
            await tx.rows("SELECT 1")


async def test_a_missing_database_is_unavailable(probe_url: str) -> None:
    missing = connect(probe_url + "x", kernel=KERNEL, application_name="probe")
    with pytest.raises(DatabaseUnavailable):
        await write(missing, "one")


async def test_a_programming_error_is_not_called_unavailable(db: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        async with transaction(db) as tx:
            await tx.execute(text("SELECT * FROM no_such_table"))


async def test_cancelled_transactions_leave_the_pool_sound(db: Database) -> None:
    async def slow() -> None:
        async with transaction(db) as tx:
            await tx.execute(insert(HANDLED).values(key="a", note=str(id(tx))))
            await tx.execute(text("SELECT pg_sleep(2)"))

    tasks = [asyncio.create_task(slow()) for _ in range(30)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(write(db, str(number)) for number in range(20)))
    assert await count(db, HANDLED) == 20
