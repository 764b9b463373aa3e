"""Numbers of cases: one counter row for each series, without a gap whatever becomes of a registration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.intake.cases.use_cases.register_case import RegisterCase, register_case
from shared.kernel.actor import Actor
from shared.platform.db.transaction import DatabaseUnavailable, Transaction, transaction
from tests.integration.intake.conftest import BODY, CLERK, FACTS, START, Intake
from tests.support.waiting import until_a_statement_waits

AT_ONCE = 10
"""Below the size of the pool, and few enough that none waits for the counter longer than a lock may be waited for."""


class Withdrawn(Exception):
    """Ends a transaction without a commit."""


@asynccontextmanager
async def registering(intake: Intake, *, expected: str) -> AsyncIterator[Transaction]:
    """A registration that has its number and is not committed yet."""
    cmd = RegisterCase(
        org=intake.org,
        case_type="quality_objection",
        channel="erp",
        customer_ref="C-1",
        order_ref=None,
        description=None,
        facts=FACTS,
        received_at=None,
        parties=(),
    )
    async with transaction(intake.db) as tx:
        case, _ = await register_case(tx, cmd, actor=Actor(subject="chen", roles=frozenset(CLERK)), now=START)
        assert case.number == expected
        yield tx


async def number_of_the_next(intake: Intake) -> str:
    answer = await intake.post("/v1/cases", BODY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def test_a_registration_that_is_rolled_back_leaves_no_gap(intake: Intake) -> None:
    assert await number_of_the_next(intake) == "QO-202603-00001"
    with pytest.raises(Withdrawn):
        async with registering(intake, expected="QO-202603-00002"):
            raise Withdrawn
    assert await number_of_the_next(intake) == "QO-202603-00002"


async def test_a_registration_whose_connection_is_killed_leaves_no_gap(intake: Intake) -> None:
    assert await number_of_the_next(intake) == "QO-202603-00001"
    with pytest.raises(DatabaseUnavailable):
        async with registering(intake, expected="QO-202603-00002") as tx:
            await tx.rows("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await number_of_the_next(intake) == "QO-202603-00002"


async def test_a_refused_registration_leaves_no_gap(intake: Intake) -> None:
    assert await number_of_the_next(intake) == "QO-202603-00001"
    refused = await intake.post("/v1/cases", BODY | {"facts": {"quantity_t": "-1"}})
    assert refused.status_code == 422
    assert await number_of_the_next(intake) == "QO-202603-00002"


async def test_a_registration_waits_for_the_one_that_holds_the_counter_and_takes_its_number_when_that_fails(
    intake: Intake,
) -> None:
    assert await number_of_the_next(intake) == "QO-202603-00001"
    with pytest.raises(Withdrawn):  # noqa: PT012 (the transaction ends by it)
        async with registering(intake, expected="QO-202603-00002"):
            second = asyncio.create_task(number_of_the_next(intake))
            await until_a_statement_waits(intake.db)
            assert not second.done()
            raise Withdrawn
    assert await second == "QO-202603-00002"


async def test_organisations_do_not_wait_for_each_other(intake: Intake) -> None:
    async with registering(intake, expected="QO-202603-00001"):
        foreign = await asyncio.wait_for(intake.post("/v1/cases", BODY, org=intake.foreign), 10)
    assert foreign.json()["number"] == "QO-202603-00001"


async def test_registrations_at_once_with_some_that_fail_have_different_numbers_without_a_gap(intake: Intake) -> None:
    good = [intake.post("/v1/cases", BODY) for _ in range(6)]
    bad = [intake.post("/v1/cases", BODY | {"facts": {"quantity_t": "-1"}}) for _ in range(4)]
    repeated = [intake.post("/v1/cases", BODY, key="the-same") for _ in range(4)]
    answers = await asyncio.gather(*good, *bad, *repeated)
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [422] * 4
    numbers = {answer.json()["number"] for answer in answers if answer.status_code == 201}
    assert sorted(numbers) == [f"QO-202603-{n:05d}" for n in range(1, 8)]


async def test_registrations_at_once_have_different_numbers_without_a_gap(intake: Intake) -> None:
    rounds = [await asyncio.gather(*(intake.post("/v1/cases", BODY) for _ in range(AT_ONCE))) for _ in range(4)]
    numbers = sorted(answer.json()["number"] for answers in rounds for answer in answers)
    assert numbers == [f"QO-202603-{n:05d}" for n in range(1, 41)]
