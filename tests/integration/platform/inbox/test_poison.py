"""A producer of garbage stops only itself, and goes on by itself when the cause is gone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from shared.kernel.errors import Unavailable
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.inbox.rules.parked import SET_ASIDE, SET_ASIDE_ATTEMPTS
from shared.platform.progress import Progress
from tests.integration.platform.inbox.test_processing import HASTY, Partition, drain, outcomes, processor
from tests.integration.platform.inbox.test_worker import running, until, worker
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import KERNEL, Notebook, a_note, count, handled, publish, rows

LATER = replace(HASTY, retry_set_aside_after=timedelta(hours=1))
OTHER = OrgId(new_id())
GARBAGE = [f"k{number}" for number in range(10)]


class Choosy(Notebook):
    """Every note that begins with k is garbage until the cause is gone."""

    def __init__(self) -> None:
        super().__init__(poison={f"{key}1" for key in GARBAGE})


async def due_now(db: Database) -> None:
    async with transaction(db) as tx:
        table = KERNEL.parked_key
        await tx.execute(update(table).where(table.c.retry_at.is_not(None)).values(retry_at=table.c.parked_at))


async def test_after_four_dead_letters_the_next_events_of_the_producer_are_not_tried(db: Database) -> None:
    partition, notebook = Partition(), Choosy()
    consumer = processor(db, notebook, LATER)
    for key in GARBAGE:
        await consumer.process([partition.record(key, 1), partition.record(f"good{key}", 1, org=OTHER)])

    assert await count(db, KERNEL.dead_letter) == 4
    assert [row.code for row in await rows(db, KERNEL.parked_key)].count(SET_ASIDE) == 6
    assert set(notebook.calls) & {f"{key}1" for key in GARBAGE[4:]} == set()
    assert await handled(db) == [f"good{key}1" for key in GARBAGE]


async def test_other_types_of_the_same_organisation_go_on_behind_their_own_keys_only(db: Database) -> None:
    partition, notebook = Partition(), Choosy()
    consumer = processor(db, notebook, LATER)
    for key in GARBAGE[:5]:
        await consumer.process([partition.record(key, 1)])
    records = [partition.record("k9", 1), partition.record("k9", 2, type="note.seen.v1")]
    await consumer.process([*records, partition.record("free", 1, type="note.seen.v1")])

    waiting = [row for row in await rows(db, KERNEL.parked_event) if row.key == "k9"]
    assert len(waiting) == 2
    assert (await outcomes(db)).count("handled") == 1


async def test_a_success_after_the_pause_lets_the_producer_go_on_and_what_was_set_aside_follows(db: Database) -> None:
    partition, notebook = Partition(), Choosy()
    consumer = processor(db, notebook, replace(HASTY, retry_set_aside_after=timedelta(milliseconds=200)))
    for key in GARBAGE:
        await consumer.process([partition.record(key, 1)])
    notebook.poison.clear()
    await asyncio.sleep(0.25)
    await consumer.process([partition.record("new", 1)])
    await drain(db, notebook)

    assert await handled(db) == ["new1", *(f"{key}1" for key in GARBAGE[4:])]
    assert [row.key for row in await rows(db, KERNEL.parked_key)] == GARBAGE[:4]


async def test_what_keeps_failing_ends_as_a_dead_letter(db: Database) -> None:
    partition, notebook = Partition(), Choosy()
    consumer = processor(db, notebook, LATER)
    for key in GARBAGE[:5]:
        await consumer.process([partition.record(key, 1)])
    for _ in range(SET_ASIDE_ATTEMPTS):
        assert await count(db, KERNEL.dead_letter) == 4
        await due_now(db)
        await drain(db, notebook)

    assert await count(db, KERNEL.dead_letter) == 5
    assert {row.code for row in await rows(db, KERNEL.parked_key)} == {"RuntimeError"}


async def test_what_was_parked_for_another_reason_is_drained_before_what_was_set_aside(db: Database) -> None:
    partition, notebook = Partition(), Choosy()
    consumer = processor(db, notebook, LATER)
    for key in GARBAGE:
        await consumer.process([partition.record(key, 1)])
    notebook.absent["waiting1"] = Unavailable()
    await consumer.process([partition.record("waiting", 1, org=OTHER)])
    notebook.absent.clear()
    notebook.poison.clear()
    await due_now(db)
    await drain(db, notebook)

    assert (await handled(db))[0] == "waiting1"


async def test_poison_of_three_organisations_is_told_and_ends_by_itself(db: Database) -> None:
    progress, notebook = Progress(), Notebook(poison={f"k{number}-1" for number in range(3)})
    orgs = [OrgId(new_id()) for _ in range(3)]
    async with running(worker(db, MemoryBroker(), notebook), progress):
        for number, org in enumerate(orgs):
            await publish(db, replace(a_note(f"k{number}", 1), org=org))
        async with asyncio.timeout(20):
            while not progress.troubles():
                await asyncio.sleep(0.02)
        assert list(progress.troubles()) == ["probe.cases"]
        assert progress.stalled() == {}
        await publish(db, a_note("later", 1))
        await until(db, ["later-1"])
        assert progress.troubles() == {}
