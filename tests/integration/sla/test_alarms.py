"""Alarms fire from PostgreSQL exactly once as an effect in the database, in due order, never early."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from services.sla.clocks import jobs
from services.sla.clocks.metrics import TIMER_FIRE_LAG, WARNINGS_OVERTAKEN
from services.sla.clocks.store import alarms
from services.sla.clocks.store.alarms import pending
from services.sla.clocks.store.tables import ALARM, BREACH, CLOCK
from services.sla.clocks.use_cases.fire_alarms import fire_alarms
from shared.platform.db.transaction import DatabaseUnavailable, reading, transaction
from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst
from tests.support.samples import values


async def test_twenty_workers_fire_each_alarm_once(sla: Sla) -> None:
    await sla.organisation()
    cases = [await sla.accepted(province="Shandong", needs_visit=True) for _ in range(40)]
    await sla.clock_to("2026-03-20T09:00", fire=False)

    async def worker() -> int:
        fired = 0
        for _ in range(200):
            async with transaction(sla.db) as tx:
                round_ = await fire_alarms(tx, simulated=True, limit=7)
            fired += round_.alarms
            async with reading(sla.db) as tx:
                if (await pending(tx, sla.org, cst("2026-03-20T09:00")))[0]["timers"] == 0:
                    break
        return fired

    done = await asyncio.gather(*(worker() for _ in range(20)))
    assert sum(done) == 40 * 4  # a warning and a breach of two clocks each
    counted = Counter([kind for case_id in cases for kind in await sla.kinds(case_id)])
    assert counted == dict.fromkeys(
        (f"{clock} clock.{kind}" for clock in ("departure", "cycle") for kind in ("started", "warned", "breached")), 40
    )
    assert Counter(state for _, state in await sla.alarms()) == {"fired": 160}
    versions = [(row.aggregateid, row.aggregate_version) for row in await sla.events()]
    assert len(set(versions)) == len(versions)


async def test_two_rounds_that_saw_the_same_alarm_fire_it_once(sla: Sla) -> None:
    """The second round's snapshot is older than the first round's commit."""
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.clock_to("2026-03-17T09:00", fire=False)
    async with transaction(sla.db) as first:
        assert (await fire_alarms(first, simulated=True)).alarms == 2
        async with transaction(sla.db) as second:
            assert (await fire_alarms(second, simulated=True)).alarms == 0
    async with transaction(sla.db) as third:
        assert (await fire_alarms(third, simulated=True)).alarms == 0
    assert (await sla.kinds(case_id)).count("cycle clock.breached") == 1


async def test_fired_in_due_order_at_their_own_instants(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(province="Shandong", needs_visit=True)
    await sla.clock_to("2026-04-01T09:00")
    fired = [(row.type, row.occurred_at) for row in await sla.events(case_id)][2:]
    assert fired == [
        ("clock.warned.v1", cst("2026-03-06T17:00")),  # a working day before departure is due
        ("clock.breached.v1", cst("2026-03-09T17:00") + timedelta(milliseconds=1)),
        ("clock.warned.v1", cst("2026-03-13T11:36")),  # 80 % of 62 working hours: 6 + 5 x 8 + 3.6
        ("clock.breached.v1", cst("2026-03-16T17:00") + timedelta(milliseconds=1)),
    ]
    assert [orjson.loads(row.payload)["late"] for row in (await sla.events(case_id))[2::2]] == [False, False]
    breached = orjson.loads((await sla.events(case_id))[3].payload)
    assert (breached["clock"], breached["due_at"], breached["cite"]) == (
        "departure",
        "2026-03-09T09:00:00Z",
        "LG-35a Art.35",
    )


async def test_quiescence_names_the_instant_at_which_the_breach_fires(sla: Sla) -> None:
    await sla.organisation()
    await sla.accepted()

    async def state(now: str) -> tuple[int, datetime | None]:
        async with reading(sla.db) as tx:
            work, next_due_at = await pending(tx, sla.org, cst(now))
        return work["timers"], next_due_at

    breach_at = cst("2026-03-16T17:00") + timedelta(milliseconds=1)
    assert await state("2026-03-05T10:00") == (0, cst("2026-03-13T11:36"))
    assert await state("2026-03-13T11:36") == (1, breach_at)
    await sla.clock_to("2026-03-16T17:00")
    assert await state("2026-03-16T17:00") == (0, breach_at)
    await sla.clock_to("2026-03-16T17:00:00.001")
    assert await state("2026-03-16T17:01") == (0, None)


async def test_each_organisation_fires_on_its_own_clock(sla: Sla) -> None:
    early = await sla.organisation()
    waiting = await sla.accepted()
    await sla.organisation()
    late = await sla.accepted()
    await sla.clock_to("2026-03-17T09:00")
    assert "cycle clock.breached" in await sla.kinds(late)
    sla.org = early
    assert "cycle clock.breached" not in await sla.kinds(waiting)


async def test_a_warning_that_the_worker_did_not_come_to_before_its_clock_ended_is_on_record(sla: Sla) -> None:
    """80 % of the period passed on 13 March at 11:36; the result was told at 16:00, before any alarm was fired."""
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.clock_to("2026-03-14T09:00", fire=False)
    before = values(WARNINGS_OVERTAKEN)[()]
    await sla.step(case_id, "result_notice.issued", at="2026-03-13T16:00", recorded_at="2026-03-14T09:00")

    assert sorted(await sla.alarms()) == [("breach", "cancelled"), ("warning", "overtaken")]
    assert values(WARNINGS_OVERTAKEN)[()] == before + 1


def lag_seconds() -> float:
    """The seconds by which alarms of this process were late, all together."""
    [family] = TIMER_FIRE_LAG.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_sum"))


async def test_a_real_organisation_fires_on_the_database_clock(sla: Sla) -> None:
    await sla.organisation(now=None)
    overdue = await sla.accepted(at="2026-03-05T10:00")
    today = datetime.now(UTC)  # noqa: TID251 - the test is about real time
    ahead = await sla.accepted(at="2026-03-05T10:00")
    async with transaction(sla.db) as tx:
        later = update(ALARM).where(ALARM.c.clock_id == (await sla.clocks(ahead))["cycle"]["clock_id"])
        await tx.execute(later.values(due_at=today + timedelta(hours=1)))
    lag = lag_seconds()
    assert await jobs.fire_simulated(sla.db) == 0
    assert await jobs.fire_real(sla.db) == 2  # the warning and the breach of the one that is overdue
    assert "cycle clock.breached" in await sla.kinds(overdue)
    assert "cycle clock.breached" not in await sla.kinds(ahead)
    assert lag_seconds() > lag
    *_, warned, breached = await sla.events(overdue)
    assert orjson.loads(warned.payload)["late"] is True  # the due instant had passed when it could be told
    assert breached.occurred_at > today - timedelta(minutes=1)


async def test_an_alarm_of_an_older_target_does_nothing(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(severity="normal")
    await sla.step(case_id, at="2026-03-06T10:00", severity="major")
    async with transaction(sla.db) as tx:
        await tx.execute(update(ALARM).where(ALARM.c.state == "cancelled").values(state="open"))
    await sla.clock_to("2026-03-17T09:00")
    assert await sla.kinds(case_id) == ["cycle clock.started", "cycle clock.retargeted"]


async def test_breach_and_stop_at_once_give_one_outcome(sla: Sla) -> None:
    """Whether the event or the alarm locks the clock first, there is one breach and one end."""
    await sla.organisation()
    cases = [await sla.accepted() for _ in range(20)]
    await sla.clock_to("2026-03-16T17:00:00.001", fire=False)
    await asyncio.gather(
        *(sla.step(case_id, "result_notice.issued", at="2026-03-16T17:00:00.001") for case_id in cases),
        *(jobs.fire_simulated(sla.db) for _ in range(10)),
    )
    await sla.clock_to("2026-03-17T09:00")
    for case_id in cases:
        cycle = (await sla.clocks(case_id))["cycle"]
        assert (cycle["state"], len(cycle["breaches"])) == ("missed", 1)
        kinds = await sla.kinds(case_id)
        assert (kinds.count("cycle clock.breached"), kinds.count("cycle clock.stopped")) == (1, 1)


async def test_a_rolled_back_round_fires_again(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.clock_to("2026-03-17T09:00", fire=False)

    async def dies_before_the_commit() -> None:
        async with transaction(sla.db) as tx:
            assert (await fire_alarms(tx, simulated=True)).alarms == 2
            raise ConnectionAbortedError

    with pytest.raises(DatabaseUnavailable):
        await dies_before_the_commit()
    assert "cycle clock.breached" not in await sla.kinds(case_id)
    await sla.clock_to("2026-03-17T09:01")
    assert (await sla.kinds(case_id)).count("cycle clock.breached") == 1


NO_TIMEOUT = text("SET LOCAL statement_timeout = 0")  # the rows of a test are written by a slow machine too


@pytest.mark.parametrize(("simulated", "index"), [(False, "ix_timer_due"), (True, "ix_timer_simulated_due")])
async def test_the_query_for_due_alarms_uses_its_partial_index(sla: Sla, simulated: bool, index: str) -> None:
    """The statement of production, on alarms most of which have fired, lie ahead or are of the other kind of clock."""
    org = await sla.organisation(now="2026-03-05T09:00" if simulated else None)
    case_id = await sla.accepted(at="2026-03-05T10:00")
    clock_id = (await sla.clocks(case_id))["cycle"]["clock_id"]
    many = text(
        "INSERT INTO sla.timer (org_id, timer_id, clock_id, kind, gen, due_at, simulated, state, fired_at) "
        "SELECT :org, gen_random_uuid(), :clock, 'warning', 1, now() + (i - 29000) * interval '1 hour', :simulated, "
        "CASE WHEN i < 28900 THEN 'fired' ELSE 'open' END, CASE WHEN i < 28900 THEN now() END "
        "FROM generate_series(1, 30000) AS i"
    )
    of_the_other_kind = text(
        "INSERT INTO sla.timer (org_id, timer_id, clock_id, kind, gen, due_at, simulated, state) "
        "SELECT :org, gen_random_uuid(), :clock, 'warning', 1, now() + i * interval '1 hour', :simulated, 'open' "
        "FROM generate_series(1, 30000) AS i"
    )
    query = alarms.due(simulated=simulated, limit=500).compile(
        dialect=sla.db.engine.dialect, compile_kwargs={"literal_binds": True}
    )
    async with transaction(sla.db) as tx:
        await tx.execute(NO_TIMEOUT)
        await tx.execute(many, {"org": org, "clock": clock_id, "simulated": simulated})
        await tx.execute(of_the_other_kind, {"org": org, "clock": clock_id, "simulated": not simulated})
        await tx.execute(text("ANALYZE sla.timer"))
        plans = [
            "\n".join(row[0] for row in await tx.execute(text(f"EXPLAIN {asked}")))
            for asked in (query, alarms.UNTIL_DUE_SIMULATED if simulated else alarms.UNTIL_DUE_REAL)
        ]
    assert [index in plan for plan in plans] == [True, True]
    assert ["Seq Scan on timer" in plan for plan in plans] == [False, False]


@pytest.mark.parametrize("simulated", [True, False])
async def test_nothing_due_costs_one_question(sla: Sla, statements: list[str], simulated: bool) -> None:
    fire = jobs.fire_simulated if simulated else jobs.fire_real
    await sla.organisation(now="2026-03-05T09:00" if simulated else None)
    await sla.accepted(at="2026-03-05T10:00")
    while await fire(sla.db):
        pass
    statements.clear()
    assert await fire(sla.db) == 0
    assert len(statements) == 1
    if simulated:
        await sla.clock_to("2026-03-17T09:00", fire=False)
        assert await fire(sla.db) == 2


async def test_impossible_clocks_are_impossible_rows(sla: Sla) -> None:
    await sla.organisation()
    await sla.accepted()
    for statement in (
        update(CLOCK).values(status="met"),
        update(CLOCK).values(due_at=None),
        update(CLOCK).values(gen=0),
        update(CLOCK).values(original_due_at=CLOCK.c.due_at + timedelta(days=1)),
        update(ALARM).values(state="fired"),
    ):
        with pytest.raises(IntegrityError, match="violates check constraint"):
            async with transaction(sla.db) as tx:
                await tx.execute(statement)
    async with reading(sla.db) as tx:
        assert list(await tx.execute(select(BREACH))) == []
