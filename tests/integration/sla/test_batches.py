"""Events of many cases are followed together: in order, each once, and what cannot be followed stops its case only."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select, update

from services.sla.cases import store
from services.sla.cases.store import CASE_VIEW
from services.sla.clocks.store.tables import TARGET
from services.sla.consumers import HANDLERS
from services.sla.extensions.store import EXTENSION
from services.sla.indicators.store import FIGURE
from services.sla.migrations.schema import KERNEL
from shared.contracts.envelope import Contract
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1
from shared.kernel.ids import CaseId, new_id
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.port import Record
from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst
from tests.support.event_samples import a_registration, a_step, an_event
from tests.support.records import record_of
from tests.support.waiting import until_a_statement_waits

HASTY = RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.002, unavailable_seconds=0.05, attempts=1)
STEPS = [f"2026-03-05T{hour:02d}:00" for hour in range(9, 18)]


def registered(case_id: str) -> Contract:
    told = {"channel": "phone", "received_at": cst(STEPS[0]), "order_ref": "O-1"}
    return a_registration(case_id, case_type="quality_objection", **told)


def step(case_id: str, milestone: str, *, at: str, severity: str = "normal") -> CaseAdvancedV1:
    changed = {"case_type": "quality_objection", "facts": {"severity": severity}, "at": cst(at), "owner": milestone}
    return a_step(case_id, milestone).model_copy(update=changed)


def corrected(case_id: str) -> CaseCorrectedV1:
    return CaseCorrectedV1(
        case_id=case_id, case_type="quality_objection", fields=["customer_ref"], customer_ref="C-2", order_ref=None,
        actor={"subject": "lin"}, at=cst(STEPS[1]),
    )  # fmt: skip


def a_message(case_id: str) -> Contract:
    return an_event("message.sent", case_id).model_copy(update={"message_id": new_id()})


def story(case_id: str) -> list[Contract]:
    """A case whose clock begins, has another goal and ends, told at `STEPS`."""
    return [
        registered(case_id),
        corrected(case_id),
        step(case_id, "case.accepted", at=STEPS[2]),
        a_message(case_id),
        step(case_id, "survey.made", at=STEPS[4], severity="major"),
        an_event("evidence.added", case_id),
        step(case_id, "result_notice.issued", at=STEPS[6], severity="major"),
        step(case_id, "case.closed", at=STEPS[7], severity="major"),
    ]


def records(sla: Sla, *stories: Sequence[Contract], first: int = 1) -> list[Record]:
    """The stories told at the same time, as versions of their cases from `first`; each case has its correlation."""
    return [
        record(sla, data, version) for version, told in enumerate(zip(*stories, strict=True), first) for data in told
    ]


def record(sla: Sla, data: Contract, version: int) -> Record:
    case_id: str = data.case_id  # type: ignore[attr-defined]
    at = cst(STEPS[version - 1])
    return record_of(data, org=sla.org, case_id=case_id, version=version, at=at, correlation=f"of {case_id}")


def processor(sla: Sla) -> Processor:
    return Processor(sla.db, consumer="sla.cases", routes=routes_of(HANDLERS), retry=HASTY)


async def rows(sla: Sla, table: Any, case_id: str) -> list[dict[str, Any]]:
    async with reading(sla.db) as tx:
        found = await tx.execute(select(table).where(table.c.case_id == case_id))
        return [row._asdict() for row in found]


async def what_is_stored(sla: Sla, case_id: str) -> dict[str, Any]:
    """What sla has of the case, without the ids of its own."""
    [case] = await rows(sla, CASE_VIEW, case_id)
    clocks = [
        {name: value for name, value in clock.items() if name not in {"clock_id", "case_id"}}
        for clock in (await sla.clocks(case_id)).values()
    ]
    [clock_id] = {event.aggregateid for event in await sla.events(case_id)}
    async with reading(sla.db) as tx:
        targets = await tx.execute(select(TARGET).where(TARGET.c.clock_id == clock_id).order_by(TARGET.c.gen))
        generations = [(row.gen, row.goal, row.due_at) for row in targets]
    figures = [{**figure, "case_id": None} for figure in await rows(sla, FIGURE, case_id)]
    payloads = [orjson.loads(event.payload) for event in await sla.events(case_id)]
    told = [
        {**payload, "case_id": None, "clock_id": None, "occurred_at": event.occurred_at, "type": event.type}
        for payload, event in zip(payloads, await sla.events(case_id), strict=True)
    ]
    return {
        "case": {**case, "case_id": None},
        "clocks": clocks,
        "targets": generations,
        "figures": figures,
        "told": told,
    }


async def outcomes(sla: Sla, *told: Record) -> list[str]:
    """What became of each record's event, in their order."""
    async with reading(sla.db) as tx:
        found = await tx.execute(select(KERNEL.inbox.c.event_id, KERNEL.inbox.c.outcome))
    by_id = {row.event_id: row.outcome for row in found}
    return [by_id[dict(one.headers)["ce_id"].decode()] for one in told]


async def test_events_of_several_cases_are_followed_in_their_order(sla: Sla) -> None:
    await sla.organisation(now=None)
    cases = [new_id() for _ in range(3)]
    await processor(sla).process(records(sla, *map(story, cases)))
    for case_id in cases:
        stored = await what_is_stored(sla, case_id)
        assert [each["type"] for each in stored["told"]] == [
            "clock.started.v1", "clock.retargeted.v1", "clock.stopped.v1",
        ]  # fmt: skip
        assert {each["customer_ref"] for each in stored["told"]} == {"C-2"}
        assert [(gen, goal) for gen, goal, _ in stored["targets"]] == [(1, "normal"), (2, "major")]
        [clock] = stored["clocks"]
        assert (clock["state"], clock["stopped_at"]) == ("met", "2026-03-05T07:00:00Z")
        [figure] = stored["figures"]
        assert (figure["indicator"], figure["days"]) == ("average_cycle", 0)
        assert (stored["case"]["owner"], stored["case"]["order_ref"]) == ("case.closed", None)


async def test_events_one_by_one_leave_the_same(sla: Sla) -> None:
    await sla.organisation(now=None)
    together, alone = new_id(), new_id()
    await processor(sla).process(records(sla, story(together)))
    for one in records(sla, story(alone)):
        await processor(sla).process([one])
    assert await what_is_stored(sla, together) == await what_is_stored(sla, alone)


async def test_what_a_case_causes_carries_the_correlation_of_its_event(sla: Sla) -> None:
    await sla.organisation(now=None)
    cases = [new_id() for _ in range(3)]
    await processor(sla).process(records(sla, *map(story, cases)))
    told = await sla.events()
    assert len(told) == 9
    assert {event.correlation_id == f"of {event.key}" for event in told} == {True}


async def test_a_repeated_event_changes_nothing(sla: Sla) -> None:
    await sla.organisation(now=None)
    case_id = new_id()
    batch = records(sla, story(case_id))
    await processor(sla).process([*batch, *batch])
    once = await what_is_stored(sla, case_id)
    await processor(sla).process([*batch, *batch])
    assert await what_is_stored(sla, case_id) == once


async def test_an_event_of_an_unknown_case_does_not_stop_the_others(sla: Sla) -> None:
    await sla.organisation(now=None)
    known, unknown = new_id(), new_id()
    lost, mine = record(sla, step(unknown, "case.accepted", at=STEPS[2]), 3), records(sla, story(known))
    await processor(sla).process([*mine[:2], lost, *mine[2:]])
    assert len(await sla.events(known)) == 3
    assert await outcomes(sla, lost, *mine) == ["parked", *["handled"] * 8]


async def test_an_event_that_stands_before_the_registration_waits_also_within_a_batch(sla: Sla) -> None:
    await sla.organisation(now=None)
    case_id = new_id()
    message, registration = record(sla, a_message(case_id), 1), record(sla, registered(case_id), 1)
    await processor(sla).process([message, registration])
    assert await outcomes(sla, registration) == ["handled"]
    [case] = await rows(sla, CASE_VIEW, case_id)
    assert case["milestones"].keys() <= {"case.registered"}


async def test_a_batch_waits_for_the_transaction_that_holds_a_case_and_keeps_what_that_wrote(sla: Sla) -> None:
    await sla.organisation(now=None)
    cases = [new_id() for _ in range(3)]
    batch = records(sla, *map(story, cases))
    await processor(sla).process(batch[:3])
    async with transaction(sla.db) as tx:
        held = await store.get(tx, org=sla.org, case_id=CaseId(cases[1]), lock=True)
        steps = asyncio.create_task(processor(sla).process(batch[3:9]))
        await until_a_statement_waits(sla.db)
        await tx.execute(update(CASE_VIEW).where(CASE_VIEW.c.case_id == held.case_id).values(seq=70))
    await steps
    seqs = [(await rows(sla, CASE_VIEW, case_id))[0]["seq"] for case_id in cases]
    assert seqs == [2, 71, 2]


async def test_what_was_asked_for_a_clock_lapses_when_the_clock_ends_in_a_batch(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(severity="normal")
    ask = {"opinion": "等待第三方检验结果", "proposed_due_on": "2026-03-20"}
    answer = await sla.post(f"/v1/cases/{case_id}/clocks/cycle/extensions", ask)
    assert answer.status_code == 201
    other = new_id()
    ended = record(sla, step(case_id, "result_notice.issued", at=STEPS[6]), 7)
    await processor(sla).process([*records(sla, story(other))[:3], ended])
    assert [each["state"] for each in await rows(sla, EXTENSION, case_id)] == ["lapsed"]


async def test_a_purge_in_a_batch_erases_the_customer_from_what_the_batch_has_told(sla: Sla) -> None:
    await sla.organisation(now=None)
    case_id = new_id()
    purge = an_event("case.purged", case_id)
    await processor(sla).process([*records(sla, story(case_id)), record(sla, purge, 9)])
    stored = await what_is_stored(sla, case_id)
    assert (stored["case"]["customer_ref"], stored["case"]["order_ref"]) == ("", None)
    assert [(each["customer_ref"], each["order_ref"]) for each in stored["told"]] == [("", None)] * 3


async def test_fifty_events_of_many_cases_take_as_many_statements_as_one(sla: Sla, statements: list[str]) -> None:
    await sla.organisation(now=None)
    told = records(sla, *(story(new_id()) for _ in range(25)))
    await processor(sla).process(records(sla, story(new_id()))[:3])
    counts = []
    for batch in (records(sla, story(new_id()))[:3], told[:75], told[75:125], told[125:]):
        statements.clear()
        await processor(sla).process(batch)
        counts.append(len(statements))
    of_one, of_many, of_retargeted, of_ended = counts
    assert of_many == of_one <= 16
    assert of_retargeted <= 14
    assert of_ended <= 16
