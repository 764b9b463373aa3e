"""Intake and sla publish on topics of their own: whatever order their events of a case arrive in, the copy is the same."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import select

from services.settlement.cases import store as cases
from services.settlement.cases.store import CASE, TOUCHED
from shared.contracts.envelope import ActorV1, Contract, TextV1
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, DocumentRefV1, PolicyRefV1
from shared.contracts.sla import ClockExcusedV1, ExtensionRequestedV1
from shared.kernel.ids import new_id
from shared.platform.db.transaction import reading, transaction
from tests.integration.settlement.conftest import START, Desk
from tests.support.waiting import until_a_statement_waits

HOUR = timedelta(hours=1)
NOTICE_ID = new_id()


def _registered(case_id: str) -> CaseRegisteredV1:
    return CaseRegisteredV1(
        case_id=case_id,
        number="QO-202603-00001",
        case_type="quality_objection",
        channel="erp",
        status="registered",
        policy=PolicyRefV1(pack="laigang", version=1),
        received_at=START,
        first_responder="chen",
        owner="business_staff",
        customer_ref="C-1",
        facts={"quantity_t": "10"},
        actor=ActorV1(subject="zhao"),
    )


def _advanced(case_id: str, milestone: str, *, state: str, tonnes: str, actor: str) -> CaseAdvancedV1:
    notice = DocumentRefV1(
        document_id=NOTICE_ID, template="result_notice", number="TZ-1", state=state, fields={"amount_minor": 700}
    )
    return CaseAdvancedV1(
        case_id=case_id,
        number="QO-202603-00001",
        case_type="quality_objection",
        step="step",
        milestones=[milestone],
        status="accepted",
        facts={"quantity_t": tonnes},
        document=notice,
        owner="objection_team",
        first_responder="chen",
        actor=ActorV1(subject=actor),
        at=START,
    )


def _clock(case_id: str) -> dict[str, Any]:
    label = TextV1(zh="周期", en="Cycle")
    return {
        "case_id": case_id, "clock_id": new_id(), "clock": "cycle", "label": label, "started_at": START, "due_at": START,
        "cite": "LG-35e Art.35",
    }  # fmt: skip


def _of_intake(case_id: str) -> list[tuple[Contract, timedelta]]:
    return [
        (_registered(case_id), 0 * HOUR),
        (_advanced(case_id, "case.accepted", state="draft", tonnes="12", actor="wang"), 2 * HOUR),
        (_advanced(case_id, "result_notice.issued", state="final", tonnes="11.5", actor="liu"), 4 * HOUR),
    ]


def _of_sla(case_id: str) -> list[tuple[Contract, timedelta]]:
    asked = ExtensionRequestedV1(
        **_clock(case_id),
        extension_id=new_id(),
        proposed_due_at=START,
        approver_role="enterprise_management",
        actor=ActorV1(subject="liu"),
    )
    return [
        (asked, 1 * HOUR),  # liu asks for time before liu takes a step
        (ClockExcusedV1(**_clock(case_id), actor=ActorV1(subject="wang")), 3 * HOUR),  # wang after a step of wang's
    ]


def _interleavings(one: list[Any], other: list[Any]) -> Iterator[list[Any]]:
    """Both lists merged in every way that keeps the order of each."""
    size = len(one) + len(other)
    for places in combinations(range(size), len(one)):
        mine, theirs = iter(one), iter(other)
        yield [next(mine) if place in places else next(theirs) for place in range(size)]


async def test_every_order_of_two_topics_leads_to_the_same_case_and_touches(desk: Desk) -> None:
    case_ids = []
    for order, _ in enumerate(_interleavings([0] * 3, [0] * 2)):
        case_id = new_id()
        case_ids.append(case_id)
        events = list(_interleavings(_of_intake(case_id), _of_sla(case_id)))[order]
        for data, after in events:
            await desk.tell(data, at=START + after)
    assert len(case_ids) == 10
    async with reading(desk.db) as tx:
        for case_id in case_ids:
            case = (await tx.execute(select(CASE).where(CASE.c.case_id == case_id))).one()
            assert case.facts == {"quantity_t": "11.5"}
            assert case.milestones == ["case.registered", "case.accepted", "result_notice.issued"]
            assert [(each["document_id"], each["state"]) for each in case.documents] == [(NOTICE_ID, "final")]
            touches = await tx.execute(select(TOUCHED).where(TOUCHED.c.case_id == case_id))
            assert {row.subject: row.first_at - START for row in touches} == {
                "zhao": 0 * HOUR,
                "chen": 0 * HOUR,
                "liu": 1 * HOUR,
                "wang": 2 * HOUR,
            }


async def test_remedies_of_a_case_are_published_under_the_lock_of_its_row(desk: Desk) -> None:
    case_id = await desk.a_case()
    async with transaction(desk.db) as holder:
        await cases.get(holder, org=desk.org, case_id=case_id, lock=True)
        waiting = asyncio.create_task(desk.quote(case_id))
        await until_a_statement_waits(desk.db)
        assert await desk.events() == []
    await waiting
    assert await desk.events() == ["remedy.quoted.v1"]
