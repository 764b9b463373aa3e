"""The primitives that the steel pack does not use: pauses, reminders, starts at the next opening, other topics."""

from typing import Any

from shared.contracts.envelope import ActorV1, MoneyV1
from shared.contracts.intake import EvidenceAddedV1
from shared.contracts.notify import MessageSentV1
from shared.contracts.settlement import RemedyQuotedV1
from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst


async def evidence(sla: Sla, case_id: str, *, at: str) -> None:
    data = EvidenceAddedV1(
        case_id=case_id, evidence_id=case_id, kind="x", media_type="x/y", size=1, sha256="0", actor=ActorV1(subject="u")
    )
    await sla.handle(data, key=case_id, at=cst(at))


async def quoted(sla: Sla, case_id: str, *, at: str) -> None:
    data = RemedyQuotedV1(
        case_id=case_id, remedy_id="r", remedy="x", mode="money", amount=MoneyV1(minor=1), quote_hash="h", cite="X-1 a",
        actor=ActorV1(subject="u"), expires_at=cst("2026-04-01T09:00"),
    )  # fmt: skip
    await sla.handle(data, key=case_id, at=cst(at))


async def sent(sla: Sla, case_id: str, *, at: str) -> None:
    data = MessageSentV1(
        case_id=case_id, message_id="m", rule="r", on="case.registered", recipient="customer", channel="email",
        template="t", locale="zh-CN", cite="X-1 a", sent_at=cst(at), attempts=1,
    )  # fmt: skip
    await sla.handle(data, key=case_id, at=cst(at))


async def clock(sla: Sla, case_id: str, name: str) -> dict[str, Any]:
    return dict((await sla.clocks(case_id))[name])


async def test_a_pause_stops_the_alarms_and_moves_the_due_instant(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register(at="2026-03-05T09:00")
    await sla.step(case_id, "sample.taken", at="2026-03-05T09:00")
    assert (await clock(sla, case_id, "test"))["due_at"] == "2026-03-06T01:00:00Z"
    await evidence(sla, case_id, at="2026-03-05T16:00")  # six hours used, two left
    assert (await clock(sla, case_id, "test"))["state"] == "paused"
    await sla.clock_to("2026-03-09T09:00")
    assert (await clock(sla, case_id, "test"))["breaches"] == []
    await quoted(sla, case_id, at="2026-03-09T10:00")
    resumed = await clock(sla, case_id, "test")
    assert (resumed["state"], resumed["due_at"]) == ("running", "2026-03-09T04:00:00Z")
    explained = (await sla.get(f"/v1/cases/{case_id}/clocks/test/explain")).json()
    assert explained["goal_due_at"] == explained["due_at"]
    assert [(day["date"], day["minutes"]) for day in explained["days"] if day["minutes"]] == [
        ("2026-03-05", 360),
        ("2026-03-09", 120),
    ]
    assert [target["why"] for target in explained["targets"]] == ["start", "resume"]
    await sla.clock_to("2026-03-09T12:00")
    assert (await clock(sla, case_id, "test"))["breaches"] == []
    await sla.clock_to("2026-03-09T12:01")
    assert len((await clock(sla, case_id, "test"))["breaches"]) == 1


async def test_a_breached_clock_that_pauses_and_resumes_breaches_once(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register()
    await sla.step(case_id, "sample.taken", at="2026-03-05T09:00")
    await sla.clock_to("2026-03-06T10:00")
    await evidence(sla, case_id, at="2026-03-06T10:00")
    await quoted(sla, case_id, at="2026-03-06T11:00")
    await sla.clock_to("2026-03-09T10:00")
    assert (await sla.kinds(case_id)).count("test clock.breached") == 1
    await sla.step(case_id, "lab.report_received", at="2026-03-09T11:00")
    assert (await clock(sla, case_id, "test"))["state"] == "missed"


async def test_done_while_paused_is_met(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register()
    await sla.step(case_id, "sample.taken", at="2026-03-05T09:00")
    await evidence(sla, case_id, at="2026-03-05T16:00")
    await sla.step(case_id, "lab.report_received", at="2026-03-20T11:00")
    ended = await clock(sla, case_id, "test")
    assert (ended["state"], ended["pauses"][0]["until_at"]) == ("met", "2026-03-20T03:00:00Z")


async def test_a_clock_may_run_again_after_it_ended(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register()
    for day in ("05", "06"):
        await sla.step(case_id, "sample.taken", at=f"2026-03-{day}T09:00")
        await sla.step(case_id, "sample.taken", at=f"2026-03-{day}T09:30")  # it runs already
        await sla.step(case_id, "lab.report_received", at=f"2026-03-{day}T10:00")
    items = (await sla.get(f"/v1/cases/{case_id}/clocks")).json()["items"]
    assert [(item["started_at"][8:16], item["state"]) for item in items if item["clock"] == "test"] == [
        ("05T01:00", "met"),
        ("06T01:00", "met"),
    ]


async def test_a_reminder_warns_and_never_breaches(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.accepted(at="2026-03-05T10:00")
    await sla.clock_to("2026-03-10T09:00")
    reminder = [kind for kind in await sla.kinds(case_id) if kind.startswith("reminder")]
    assert reminder == ["reminder clock.started", "reminder clock.warned"]
    assert (await clock(sla, case_id, "reminder"))["breaches"] == []


async def test_after_hours_starts_at_the_next_opening_and_round_the_clock_at_once(sla: Sla) -> None:
    """LG-12c and LG-53b: a fax on Friday night; a strategic customer on Saturday night."""
    await sla.organisation(pack="varied", now="2026-03-06T23:10")
    ordinary = await sla.register(at="2026-03-06T23:10")
    first = await clock(sla, ordinary, "first_answer")
    assert (first["started_at"], first["due_at"]) == ("2026-03-09T00:00:00Z", "2026-03-09T02:00:00Z")
    strategic = await sla.register(at="2026-03-07T22:00", strategic=True)
    first = await clock(sla, strategic, "first_answer")
    assert (first["started_at"], first["due_at"]) == ("2026-03-07T14:00:00Z", "2026-03-07T16:00:00Z")
    await sent(sla, strategic, at="2026-03-07T23:59")
    assert (await clock(sla, strategic, "first_answer"))["state"] == "met"


async def test_a_case_received_earlier_starts_then(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register(at="2026-03-05T09:00", received_at="2026-03-04T16:00")
    assert (await clock(sla, case_id, "first_answer"))["started_at"] == "2026-03-04T08:00:00Z"


async def test_events_that_no_clock_waits_for_leave_no_trace(sla: Sla, statements: list[str]) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    statements.clear()
    await sent(sla, case_id, at="2026-03-05T11:00")
    assert not [sql for sql in statements if sql.lstrip().startswith(("UPDATE", "INSERT"))]
