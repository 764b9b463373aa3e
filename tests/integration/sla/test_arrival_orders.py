"""Events of three topics reach the consumers in any order; a purge, too, is an event that a clock may name."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.envelope import ActorV1, Contract, MoneyV1
from shared.contracts.intake import CasePurgedV1
from shared.contracts.notify import MessageSentV1
from shared.contracts.settlement import RemedyOfferedV1
from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst
from tests.support.packs import documents

THREE_TOPICS = """\
calendars:
  - {id: every-day, kind: continuous}
clocks:
  - id: answer
    label: {zh: 答复, en: Answer}
    cite: X-1 Art.1
    start: case.registered
    stop: [message.sent]
    goals:
      - {id: three, duration: {amount: 3, unit: day}, calendar: every-day, cite: X-1 Art.1}
  - id: offer
    label: {zh: 方案, en: Offer}
    cite: X-2 Art.2
    start: case.registered
    stop: [remedy.offered]
    goals:
      - {id: three, duration: {amount: 3, unit: day}, calendar: every-day, cite: X-2 Art.2}
  - id: work
    label: {zh: 处理, en: Work}
    cite: X-3 Art.3
    start: case.registered
    stop: [work.completed]
    cancel_on: [case.purged]
    goals:
      - {id: urgent, when: facts.urgent ?? false, duration: {amount: 1, unit: day}, calendar: every-day, cite: X-3 Art.3}
      - {id: three, duration: {amount: 3, unit: day}, calendar: every-day, cite: X-3 Art.3}
"""


def message_sent(case_id: str) -> Contract:
    return MessageSentV1(
        case_id=case_id, message_id="m", rule="r", on="case.registered", recipient="customer", channel="sms",
        template="t", locale="zh", cite="X-1 Art.1", sent_at=cst("2026-03-06T10:00"), attempts=1,
    )  # fmt: skip


def remedy_offered(case_id: str) -> Contract:
    return RemedyOfferedV1(
        case_id=case_id, remedy_id="r", remedy="refund", mode="money", amount=MoneyV1(minor=100, currency="CNY"),
        quote_hash="h", cite="X-2 Art.2", actor=ActorV1(subject="chen"),
    )  # fmt: skip


async def arrive(sla: Sla, case_id: str, name: str) -> None:
    match name:
        case "intake":
            await sla.step(case_id, at="2026-03-06T09:00", urgent=True)
        case "notify":
            await sla.handle(message_sent(case_id), key=case_id, at=cst("2026-03-06T10:00"))
        case "settlement":
            await sla.handle(remedy_offered(case_id), key=case_id, at=cst("2026-03-09T10:00"))


def outcome(clocks: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    return {
        name: (clock["state"], clock["goal"], clock["due_at"], clock["stopped_at"], len(clock["breaches"]))
        for name, clock in clocks.items()
    }


async def test_all_arrival_orders_of_three_topics_end_in_the_same_clocks(sla: Sla, tmp_path: Path) -> None:
    """Three days from Thursday 5 March are Sunday 8 March 24:00 in Shanghai, 16:00 UTC; one day is Friday."""
    sla.packs["three topics"] = documents(tmp_path / "three", sla=THREE_TOPICS)
    await sla.organisation(pack="three topics")
    for order in permutations(("intake", "notify", "settlement")):
        case_id = await sla.register(at="2026-03-05T09:00", urgent=False)
        for name in order:
            await arrive(sla, case_id, name)
        assert outcome(await sla.clocks(case_id)) == {
            "answer": ("met", "three", "2026-03-08T16:00:00Z", "2026-03-06T02:00:00Z", 0),
            "offer": ("missed", "three", "2026-03-08T16:00:00Z", "2026-03-09T02:00:00Z", 1),
            "work": ("running", "urgent", "2026-03-06T16:00:00Z", None, 0),
        }, order


@pytest.mark.parametrize(("purged", "state"), [(False, "running"), (True, "cancelled")])
async def test_a_purge_ends_the_clocks_that_name_it(sla: Sla, tmp_path: Path, purged: bool, state: str) -> None:
    sla.packs["three topics"] = documents(tmp_path / "three", sla=THREE_TOPICS)
    await sla.organisation(pack="three topics")
    case_id = await sla.register(at="2026-03-05T09:00")
    purge = CasePurgedV1(
        case_id=case_id, number="QO-1", case_type="quality_objection", rule="r", certificate="P-1", sha256="0" * 64,
        actor=ActorV1(subject="system"), at=cst("2026-03-06T09:00"), cite="X-9 Art.9",
    )  # fmt: skip
    if purged:
        await sla.handle(purge, key=case_id, at=cst("2026-03-06T09:00"))
    clocks = await sla.clocks(case_id)
    assert (clocks["work"]["state"], clocks["answer"]["state"]) == (state, "running")
