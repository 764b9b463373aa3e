"""The operator's commands on dead letters: look, replay, discard; audited; the worker does the work."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import typer
from typer.testing import CliRunner, Result

from operate import dead_letter_commands
from operate.errors import OperatorError
from shared.contracts.topics import INTAKE
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.drain import Drain
from shared.platform.kafka.port import Record
from tests.integration.platform.inbox.test_processing import HASTY, Partition
from tests.support.probe import KERNEL, Notebook, count, handled, rows

APP = typer.Typer()
dead_letter_commands.register(APP)


@pytest.fixture
def service(probe_url: str) -> str:
    return probe_url


async def run(url: str, *words: str) -> Result:
    command = [*words, "--service", "probe", "--database-url", url]
    return await asyncio.to_thread(CliRunner().invoke, APP, command)


@asynccontextmanager
async def draining(db: Database, notebook: Notebook) -> AsyncIterator[None]:
    job = Drain({"probe.cases": routes_of(notebook.handlers)})

    async def loop() -> None:
        while True:
            await job.run(db)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(loop())
    yield
    task.cancel()


async def poisoned(db: Database, notebook: Notebook, *events: tuple[str, int]) -> None:
    partition = Partition()
    records = [partition.record(*event) for event in events]
    await Processor(db, consumer="probe.cases", routes=routes_of(notebook.handlers), retry=HASTY).process(records)


async def test_list_and_show_say_what_happened(db: Database, service: str) -> None:
    await poisoned(db, Notebook(poison={"a1"}), ("a", 1), ("a", 2))
    listed = await run(service, "dead-letter", "list")
    assert "1 open dead letters, 1 parked keys" in listed.output
    assert "RuntimeError: cannot read a1" in listed.output
    assert "key a  2 events wait" in listed.output
    [letter] = await rows(db, KERNEL.dead_letter)
    shown = await run(service, "dead-letter", "show", letter.dead_letter_id)
    assert 'payload: {"note":"a1"}' in shown.output
    assert "header ce_type: note.made.v1" in shown.output


async def test_replay_waits_for_the_worker_and_is_audited(db: Database, service: str) -> None:
    notebook = Notebook(poison={"a1"})
    await poisoned(db, notebook, ("a", 1), ("a", 2))
    notebook.poison.clear()
    async with draining(db, notebook):
        result = await run(service, "dead-letter", "replay", "--key", "a", "--operator", "li.wei")
    assert result.exit_code == 0
    assert "replaying 2 events of 1 keys" in result.output
    assert "done" in result.output
    assert await handled(db) == ["a1", "a2"]
    [entry] = await rows(db, KERNEL.operator_audit)
    assert (entry.operator, entry.action) == ("li.wei", "dead-letter.replay")
    assert entry.details == {"consumer": "probe.cases", "topic": INTAKE, "key": "a", "events": 2}


async def test_a_replay_that_fails_again_says_so(db: Database, service: str) -> None:
    notebook = Notebook(poison={"a1"})
    await poisoned(db, notebook, ("a", 1))
    async with draining(db, notebook):
        result = await run(service, "dead-letter", "replay")
    assert result.exit_code == 1
    assert f"still parked: probe.cases  {INTAKE}  key a  RuntimeError: cannot read a1" in result.output


async def test_a_dry_run_changes_nothing(db: Database, service: str) -> None:
    await poisoned(db, Notebook(poison={"a1"}), ("a", 1))
    result = await run(service, "dead-letter", "replay", "--dry-run")
    assert "would replay 1 events of 1 keys" in result.output
    assert [row.state for row in await rows(db, KERNEL.parked_key)] == ["parked"]
    assert await count(db, KERNEL.operator_audit) == 0


async def test_only_the_chosen_key_is_replayed(db: Database, service: str) -> None:
    notebook = Notebook(poison={"a1", "b1"})
    await poisoned(db, notebook, ("a", 1), ("b", 1))
    notebook.poison.clear()
    async with draining(db, notebook):
        await run(service, "dead-letter", "replay", "--key", "b")
    assert await handled(db) == ["b1"]


async def test_discard_gives_up_one_event_and_lets_the_rest_go_on(db: Database, service: str) -> None:
    notebook = Notebook(poison={"a1"})
    await poisoned(db, notebook, ("a", 1), ("a", 2))
    [letter] = await rows(db, KERNEL.dead_letter)
    result = await run(service, "dead-letter", "discard", letter.dead_letter_id, "--reason", "sent by mistake")
    assert result.exit_code == 0
    job = Drain({"probe.cases": routes_of(notebook.handlers)})
    while await job.run(db):
        pass
    assert await handled(db) == ["a2"]
    assert sorted(row.outcome for row in await rows(db, KERNEL.inbox)) == ["dead", "handled"]
    [after] = await rows(db, KERNEL.dead_letter)
    assert after.state == "discarded"
    [entry] = await rows(db, KERNEL.operator_audit)
    assert entry.details["reason"] == "sent by mistake"
    again = await run(service, "dead-letter", "discard", letter.dead_letter_id, "--reason", "twice")
    assert isinstance(again.exception, OperatorError)


async def test_an_unreadable_record_can_be_replayed_once_it_is_readable(db: Database, service: str) -> None:
    good = Partition().record("a", 1)
    broken = Record(good.topic, 0, 7, good.key, good.value, (), 0)
    notebook = Notebook()
    await Processor(db, consumer="probe.cases", routes=routes_of(notebook.handlers)).process([broken])
    async with draining(db, notebook):
        refused = await run(service, "dead-letter", "replay")
    assert "still parked" in refused.output
    async with transaction(db) as tx:
        headers = [[name, _base64(value)] for name, value in good.headers]
        await tx.execute(KERNEL.parked_event.update().values(headers=headers))
    async with draining(db, notebook):
        healed = await run(service, "dead-letter", "replay")
    assert "done" in healed.output
    assert await handled(db) == ["a1"]
    assert [row.state for row in await rows(db, KERNEL.dead_letter)] == ["replayed"]


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


async def test_without_a_worker_the_command_says_so(db: Database, service: str) -> None:
    await poisoned(db, Notebook(poison={"a1"}), ("a", 1))
    result = await run(service, "dead-letter", "replay", "--wait-seconds", "0.5")
    assert isinstance(result.exception, OperatorError)
    assert "has not finished" in str(result.exception)


async def test_an_unknown_letter_and_a_wrong_instant_are_plain_errors(service: str) -> None:
    missing = await run(service, "dead-letter", "show", "01890a5d-ac96-774b-bcce-b302099a8057")
    assert "dead_letter_not_found" in str(missing.exception)
    wrong = await run(service, "outbox", "replay", "--since", "yesterday")
    assert "is no instant" in str(wrong.exception)
    naive = await run(service, "outbox", "replay", "--until", "2026-03-01T00:00:00")
    assert "has no zone" in str(naive.exception)


async def test_outbox_replay_counts_first_and_is_audited(db: Database, service: str) -> None:
    dry = await run(service, "outbox", "replay", "--dry-run")
    assert "would publish 0 events again" in dry.output
    done = await run(service, "outbox", "replay", "--key", "a")
    assert "0 events are published again" in done.output
    [entry] = await rows(db, KERNEL.operator_audit)
    assert (entry.action, entry.details) == ("outbox.replay", {"key": "a"})


async def test_a_service_that_the_database_does_not_have_is_refused(service: str) -> None:
    command = ["dead-letter", "list", "--service", "prob", "--database-url", service]
    result = await asyncio.to_thread(CliRunner().invoke, APP, command)
    assert isinstance(result.exception, OperatorError)
    assert "no service prob" in str(result.exception)
