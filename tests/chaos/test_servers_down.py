"""Kafka and PostgreSQL die under load: the APIs keep their word, everything drains afterwards."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.play import found_organisation, publish
from operate.scenarios.session import USUAL_SCOPES, Answer, Session, TokenRequest
from operate.scenarios.stack import of_running
from shared.policy.loader import load_pack
from tests.support.persevering import PerseveringClient

PACK = Path("deploy/policies/laigang")
KAFKA_DOWN_SECONDS = 60.0
CASE = {
    "case_type": "quality_objection",
    "channel": "erp",
    "description": "边部裂纹",
    "customer": {"ref": "C-1", "name": "客户", "email": "load@chaos.example"},
    "facts": {"province": "Jiangsu", "product": "热轧卷", "grade": "Q235B", "quantity_t": "60", "order_ref": "SO-1"},
}


async def a_session(stack: Stack, http: httpx2.AsyncClient) -> Session:
    """An organisation of its own with the pack published."""
    session = Session(of_running(stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
    start = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    session.organisation = await found_organisation(session, "chaos", start)
    await publish(session, load_pack(PACK).documents, effective_from=None)
    await quiescence.settle(session)
    return session


async def register(session: Session, key: str) -> Answer:
    token = session.token(
        TokenRequest(organisation=session.organisation, subject="erp", roles=("business_staff",), scope=USUAL_SCOPES)
    )
    return await session.call("intake", "POST", "/v1/cases", token=token, json=CASE, headers={"Idempotency-Key": key})


async def registered_cases(session: Session) -> list[str]:
    """All case ids of the organisation, page by page."""
    found: list[str] = []
    after = ""
    while True:
        page = await session.operate("intake", "GET", f"/v1/cases?limit=100{after}")
        found += [item["case_id"] for item in page["items"]]
        if not page.get("next"):
            return found
        after = f"&after={page['next']}"


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
