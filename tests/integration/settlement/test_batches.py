"""Events of many cases are followed together: in order, each once, and what cannot be followed stops its case only."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.settlement.cases import store
from services.settlement.cases.store import CASE, TOUCHED
from services.settlement.consumers import HANDLERS
from services.settlement.migrations.schema import KERNEL
from shared.contracts.envelope import ActorV1, Contract
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1, DocumentRefV1, PolicyRefV1
from shared.kernel.ids import new_id
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.port import Record
from tests.integration.settlement.conftest import START, Desk
from tests.support.event_samples import an_event
from tests.support.records import record_of
from tests.support.statements import statements_of
from tests.support.waiting import until_a_statement_waits

HOUR = timedelta(hours=1)
HASTY = RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.002, attempts=1)


def registered(case_id: str) -> CaseRegisteredV1:
    return CaseRegisteredV1(
        case_id=case_id, number="QO-1", case_type="quality_objection", channel="erp", status="registered",
        policy=PolicyRefV1(pack="laigang", version=1), received_at=START, first_responder="chen",
        owner="business_staff", customer_ref="C-1", order_ref="O-1", facts={"tonnes": "1"},
        actor=ActorV1(subject="zhao"),
    )  # fmt: skip


def advanced(case_id: str, milestone: str, *, tonnes: str, document: DocumentRefV1 | None = None) -> CaseAdvancedV1:
    return CaseAdvancedV1(
        case_id=case_id, number="QO-1", case_type="quality_objection", step="step", milestones=[milestone],
        status="accepted", facts={"tonnes": tonnes}, document=document, owner="objection_team",
        first_responder="chen", actor=ActorV1(subject="wang"), at=START,
    )  # fmt: skip


def corrected(case_id: str) -> CaseCorrectedV1:
    return CaseCorrectedV1(
        case_id=case_id, case_type="quality_objection", fields=["customer_ref"], customer_ref="C-2", order_ref=None,
        actor=ActorV1(subject="lin"), at=START,
    )  # fmt: skip


def notice(state: str) -> DocumentRefV1:
    return DocumentRefV1(
        document_id="01890a5d-ac96-774b-bcce-b302099a8777", template="result_notice", number="TZ-1", state=state,
        fields={"amount_minor": 700},
    )  # fmt: skip


def story(case_id: str) -> list[Contract]:
    """Each event of a case after the one before it."""
    return [
        registered(case_id),
        advanced(case_id, "case.accepted", tonnes="2", document=notice("draft")),
        corrected(case_id),
        an_event("evidence.added", case_id),
        advanced(case_id, "agreement.signed", tonnes="3", document=notice("final")),
        an_event("extension.requested", case_id),
    ]


def records(desk: Desk, *stories: Sequence[Contract], first: int = 1) -> list[Record]:
    """The stories told at the same time, an hour from event to event, as versions of their cases from `first`."""
    return [
        record(desk, data, version) for version, told in enumerate(zip(*stories, strict=True), first) for data in told
    ]


def record(desk: Desk, data: Contract, version: int, *, at: datetime | None = None) -> Record:
    case_id: str = data.case_id  # type: ignore[attr-defined]
    return record_of(data, org=desk.org, case_id=case_id, version=version, at=at or START + (version - 1) * HOUR)


def processor(desk: Desk) -> Processor:
    return Processor(desk.db, consumer="settlement.cases", routes=routes_of(HANDLERS), retry=HASTY)


async def copy_of(desk: Desk, case_id: str) -> dict[str, Any]:
    async with reading(desk.db) as tx:
        row = (await tx.execute(select(CASE).where(CASE.c.case_id == case_id))).one()
        touched = await tx.execute(select(TOUCHED).where(TOUCHED.c.case_id == case_id))
        return {**row._asdict(), "touched": {each.subject: each.first_at for each in touched}}


async def outcomes(desk: Desk, *told: Record) -> list[str]:
    """What became of each record's event, in their order."""
    async with reading(desk.db) as tx:
        found = await tx.execute(select(KERNEL.inbox.c.event_id, KERNEL.inbox.c.outcome))
    by_id = {row.event_id: row.outcome for row in found}
    return [by_id[dict(one.headers)["ce_id"].decode()] for one in told]


async def test_events_of_several_cases_are_followed_in_their_order(desk: Desk) -> None:
    cases = [new_id() for _ in range(3)]
    await processor(desk).process(records(desk, *map(story, cases)))
    for case_id in cases:
        copy = await copy_of(desk, case_id)
        assert (copy["customer_ref"], copy["order_ref"], copy["facts"]) == ("C-2", None, {"tonnes": "3"})
        assert copy["milestones"] == ["case.registered", "case.accepted", "evidence.added", "agreement.signed"]
        assert [each["state"] for each in copy["documents"]] == ["final"]
        assert copy["touched"] == {
            "zhao": START, "chen": START, "wang": START + HOUR, "lin": START + 2 * HOUR,
        }  # fmt: skip


async def test_events_one_by_one_make_the_same_copy(desk: Desk) -> None:
    together, alone = new_id(), new_id()
    await processor(desk).process(records(desk, story(together)))
    for one in records(desk, story(alone)):
        await processor(desk).process([one])
    of_batch, of_one = await copy_of(desk, together), await copy_of(desk, alone)
    assert of_batch | {"case_id": alone} == of_one


async def test_the_earliest_touch_counts_whatever_comes_first(desk: Desk) -> None:
    case_id = new_id()
    await processor(desk).process(records(desk, story(case_id)))
    step = advanced(case_id, "visit.planned", tonnes="3")
    await processor(desk).process([record(desk, step, 9), record(desk, step, 10, at=START - HOUR)])
    assert (await copy_of(desk, case_id))["touched"]["wang"] == START - HOUR


async def test_a_repeated_event_changes_nothing(desk: Desk) -> None:
    case_id = new_id()
    batch = records(desk, story(case_id))
    await processor(desk).process([*batch, *batch])
    once = await copy_of(desk, case_id)
    await processor(desk).process([*batch, *batch])
    assert await copy_of(desk, case_id) == once
    await processor(desk).process([record(desk, registered(case_id), 20, at=START)])
    assert await copy_of(desk, case_id) == once


async def test_an_event_of_an_unknown_case_does_not_stop_the_others(desk: Desk) -> None:
    known, unknown = new_id(), new_id()
    lost, mine = record(desk, advanced(unknown, "case.accepted", tonnes="2"), 2), records(desk, story(known))
    await processor(desk).process([*mine[:2], lost, *mine[2:]])
    assert (await copy_of(desk, known))["facts"] == {"tonnes": "3"}
    assert await outcomes(desk, lost, *mine) == ["parked", *["handled"] * 6]


async def test_a_touch_needs_no_case(desk: Desk) -> None:
    requested = record(desk, an_event("extension.requested", new_id()), 1)
    await processor(desk).process([requested])
    assert await outcomes(desk, requested) == ["handled"]


async def test_a_batch_waits_for_the_transaction_that_holds_a_case_and_keeps_what_that_wrote(desk: Desk) -> None:
    cases = [new_id() for _ in range(3)]
    batch = records(desk, *map(story, cases))
    await processor(desk).process(batch[:3])
    async with transaction(desk.db) as tx:
        held = await store.get(tx, org=desk.org, case_id=cases[1], lock=True)
        steps = asyncio.create_task(processor(desk).process(batch[3:6]))
        await until_a_statement_waits(desk.db)
        await tx.execute(CASE.update().where(CASE.c.case_id == held.case_id).values(milestones=["held"]))
    await steps
    assert [(await copy_of(desk, case_id))["milestones"] for case_id in cases] == [
        ["case.registered", "case.accepted"], ["held", "case.accepted"], ["case.registered", "case.accepted"],
    ]  # fmt: skip


async def test_fifty_events_of_many_cases_take_three_statements_beside_the_inbox(desk: Desk) -> None:
    batch = records(desk, *(story(new_id()) for _ in range(25)))
    await processor(desk).process(batch[:25])
    statements = statements_of(desk.db.engine.sync_engine)
    await processor(desk).process(batch[25:75])
    about_cases = [" ".join(each.split()) for each in statements if "case_view" in each or "touched" in each]
    assert [each.partition(" ")[0] for each in about_cases] == ["SELECT", "UPDATE", "INSERT"]
    assert len(statements) < 10
