"""Reasons to wait that are open side by side: stored, and named in every answer about the clock."""

from pathlib import Path

from tests.integration.sla.conftest import Sla
from tests.support.packs import documents

WAITS = """\
calendars:
  - {id: every-day, kind: continuous}
clocks:
  - id: answer
    label: {zh: 答复, en: Answer}
    cite: X-1 Art.1
    start: case.accepted
    stop: [case.closed]
    pause:
      - {on: [question.sent], until: [answer.received, question.withdrawn], label: {zh: 等待客户, en: Customer}}
      - {on: [sample.sent], until: [report.received], cite: X-2 Art.2}
    goals:
      - {id: ten, duration: {amount: 10, unit: hour}, calendar: every-day, cite: X-1 Art.1}
"""


async def test_answers_name_what_a_clock_waits_for(sla: Sla, tmp_path: Path) -> None:
    """Due at 20:00; still from 11:00 to 15:00, so that the due instant is 6 March 00:00, 16:00 UTC."""
    sla.packs["waits"] = documents(tmp_path / "waits", sla=WAITS)
    await sla.organisation(pack="waits")
    case_id = await sla.accepted(at="2026-03-05T10:00")
    await sla.step(case_id, "question.sent", at="2026-03-05T11:00")
    await sla.step(case_id, "sample.sent", at="2026-03-05T12:00")
    (listed,) = (await sla.get("/v1/clocks", state="paused")).json()["items"]
    assert (listed["state"], listed["waiting"]) == ("paused", ["question.sent", "sample.sent"])

    await sla.step(case_id, "question.withdrawn", at="2026-03-05T13:00")
    clock = (await sla.clocks(case_id))["answer"]
    assert (clock["state"], clock["waiting"]) == ("paused", ["sample.sent"])
    assert [pause["ended_by"] for pause in clock["pauses"]] == ["question.withdrawn", None]
    explained = (await sla.get(f"/v1/cases/{case_id}/clocks/answer/explain")).json()
    assert explained["waiting"] == [
        {
            "event": "sample.sent",
            "from_at": "2026-03-05T04:00:00Z",
            "until": ["report.received"],
            "label": None,
            "cite": "X-2 Art.2",
        }
    ]

    await sla.clock_to("2026-03-05T14:30")
    await sla.step(case_id, "report.received", at="2026-03-05T15:00")
    resumed = (await sla.clocks(case_id))["answer"]
    assert (resumed["state"], resumed["due_at"], resumed["waiting"]) == ("running", "2026-03-05T16:00:00Z", [])
    assert await sla.kinds(case_id) == ["answer clock.started", "answer clock.retargeted"]
