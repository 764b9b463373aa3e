"""Kafka and PostgreSQL die under load: the APIs keep their word, everything drains afterwards."""

import asyncio
import time

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.session import Answer
from tests.support.chaos_organisation import a_session, register, registered_cases
from tests.support.persevering import PerseveringClient

KAFKA_DOWN_SECONDS = 60.0


@pytest.mark.chaos
async def test_kafka_dead_for_a_minute(stack: Stack) -> None:
    """APIs still answer 201; after the restart every event arrives, each message is sent once."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = await a_session(stack, http)
        stack.kafka.kill()
        began = time.monotonic()
        answers: list[Answer] = []
        while time.monotonic() - began < KAFKA_DOWN_SECONDS:
            answers.append(await register(session, f"kafka-down-{len(answers)}"))
            await asyncio.sleep(0.2)
        await asyncio.to_thread(stack.kafka.start)

        assert {answer.status for answer in answers} == {201}
        await quiescence.settle(session)
        cases = await registered_cases(session)
        assert sorted(cases) == sorted(answer.body["case_id"] for answer in answers)
        for case_id in cases:
            items = (await session.operate("notify", "GET", f"/v1/cases/{case_id}/messages"))["items"]
            told = [item for item in items if item["on"] == "case.registered" and item["recipient"] == "customer"]
            assert [item["state"] for item in told] == ["sent"]


@pytest.mark.chaos
async def test_postgres_restarted_under_load(stack: Stack) -> None:
    """Requests succeed or fail with 503 and a code; repeated under their keys, each made one case."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = await a_session(stack, http)
        answers: dict[str, list[Answer]] = {}
        down = asyncio.Event()
        up_again = asyncio.Event()

        async def load(worker: int) -> None:
            number = 0
            while not up_again.is_set() or number < 20:
                key = f"pg-{worker}-{number}"
                answers.setdefault(key, []).append(await register(session, key))
                number += 1
                if number == 10:
                    down.set()

        async def restart() -> None:
            await down.wait()
            await asyncio.to_thread(stack.postgres.kill)
            await asyncio.to_thread(stack.postgres.start)
            up_again.set()

        await asyncio.gather(restart(), *(load(worker) for worker in range(6)))
        first = [attempts[0] for attempts in answers.values()]
        failed = [answer for answer in first if answer.status != 201]
        assert {answer.status for answer in failed} <= {503}
        assert all(answer.body["code"] for answer in failed)
        assert failed, "nothing failed while the database was dead, so this proved nothing"

    async with PerseveringClient(trust_env=False) as patient:
        session.http = patient
        for key, attempts in answers.items():
            answer = await register(session, key)
            assert answer.status == 201
            attempts.append(answer)
        await quiescence.settle(session)
        cases = await registered_cases(session)
        by_key = {key: {a.body["case_id"] for a in attempts if a.status == 201} for key, attempts in answers.items()}
        assert all(len(ids) == 1 for ids in by_key.values())
        assert sorted(cases) == sorted(case_id for ids in by_key.values() for case_id in ids)
