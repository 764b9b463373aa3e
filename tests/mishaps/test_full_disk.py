"""The disk of PostgreSQL is full, then that of the files of evidence: 503 with a code, and all goes on when there is space again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import httpx2
import pytest

from operate.runtime.embedded import embedded_stack
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack
from operate.scenarios.organisation import publish, register_organisation
from operate.scenarios.session import Answer, Session
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import load_pack
from tests.chaos.suite.disk import Disk, small_disk
from tests.mishaps.test_restore import nothing_waits, rows
from tests.support.chaos_organisation import register, registered_cases, token
from tests.support.eventually import eventually
from tests.support.passable_folder import passable_folder

DATABASE_MEGABYTES: Final = 400
"""A cluster with four schemas takes about 60, the write-ahead log at most 64."""
FILES_MEGABYTES: Final = 16
REFUSED: Final = 5
MOST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """intake on small disks: of PostgreSQL, and of files."""

    stack: Stack
    database: Disk
    files: Disk


@pytest.fixture(scope="module")
def small() -> Iterator[Small]:
    with ExitStack() as cleanup:
        root = cleanup.enter_context(passable_folder("disk"))
        layout = Layout(state=root / "state")
        database = cleanup.enter_context(small_disk(layout.state / "postgres", megabytes=DATABASE_MEGABYTES))
        files = cleanup.enter_context(small_disk(layout.storage, megabytes=FILES_MEGABYTES))
        if database is None or files is None:
            pytest.skip("mounting a file system is not permitted here")
        options = {"max_wal_size": "64MB", "min_wal_size": "32MB"}
        stack = cleanup.enter_context(embedded_stack(layout.state, services=("intake",), postgres_options=options))
        yield Small(stack=stack, database=database, files=files)


@pytest.fixture
async def session(small: Small) -> AsyncIterator[Session]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_running(small.stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
        session.organisation = await register_organisation(session, "small", None)
        await publish(session, load_pack("laigang").documents, effective_from=None)
        yield session


async def hand_in(session: Session, case_id: str, key: str) -> Answer:
    """A letter of a quarter of a megabyte."""
    return await session.call(
        "intake",
        "POST",
        f"/v1/cases/{case_id}/evidence",
        token=token(session, "business_staff"),
        files={"file": ("letter.txt", b"x" * 2**18, "text/plain")},
        data={"kind": "objection_letter"},
        headers={"Idempotency-Key": key},
    )


@pytest.mark.chaos
async def test_a_full_disk_of_the_database_refuses_and_loses_nothing(small: Small, session: Session) -> None:
    keys: list[str] = []
    answers: list[Answer] = []
    await asyncio.to_thread(small.database.fill)
    try:
        while sum(answer.refused for answer in answers) < REFUSED:
            assert len(keys) < MOST, "nothing was refused, so this proved nothing"
            keys.append(f"full-{len(keys)}")
            answers.append(await register(session, keys[-1]))
    finally:
        await asyncio.to_thread(small.database.free)
        # A server that could not write its log has ended, and is started again as an orchestrator does.
        await asyncio.to_thread(small.stack.postgres.start)
    assert {answer.status for answer in answers} <= {201, 503}
    assert {answer.body["code"] for answer in answers if answer.refused} <= {"database_unavailable", "outcome_unknown"}

    made: dict[str, str] = {}

    async def is_answered() -> bool:
        answer = await register(session, keys[len(made)])
        if answer.status == 201:
            made[keys[len(made)]] = answer.body["case_id"]
        return len(made) == len(keys)

    await eventually(is_answered, within=60)
    told = {key: answer.body["case_id"] for key, answer in zip(keys, answers, strict=True) if not answer.refused}
    assert told.items() <= made.items()
    assert sorted(await registered_cases(session)) == sorted(made.values())
    await eventually(lambda: nothing_waits(small.stack, "intake"))
    published = "SELECT count(*) FROM intake.outbox_archive WHERE type = 'case.registered.v1' AND org_id = $1::uuid"
    assert await rows(small.stack, published, session.organisation) == [(len(keys),)]


@pytest.mark.chaos
async def test_a_full_disk_of_files_refuses_files_alone(small: Small, session: Session) -> None:
    case_id = (await register(session, "with a letter")).body["case_id"]
    await asyncio.to_thread(small.files.fill)
    try:
        refused = await hand_in(session, case_id, "letter")
        assert (await register(session, "without a letter")).status == 201
    finally:
        await asyncio.to_thread(small.files.free)
    assert (refused.status, refused.body["code"]) == (503, "storage_unavailable")
    listed = "SELECT count(*) FROM intake.evidence WHERE case_id = $1::uuid"
    assert await rows(small.stack, listed, case_id) == [(0,)]

    taken = await hand_in(session, case_id, "letter")
    assert taken.status == 201, taken.body
    assert await rows(small.stack, listed, case_id) == [(1,)]
