"""`replay` asks every service, and a step with it differs when anything shown is not what it was."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from operate.scenarios.load import load_scenario
from operate.scenarios.step_runner import StepRunner
from tests.support.packs import write_pack
from tests.unit.operate.scenarios.fake_stack import session_with

TEXT = """\
scenario: Title
rules: [X-1]
pack: ./small
start: 2026-03-05T09:00
people: {ann: {roles: [clerk]}}
steps:
  - {by: ann, register: {case_type: complaint}}
  - REPLAY
"""
AT_REST: dict[str, Any] = {
    "outbox": 0, "published": {}, "handled": {"redress.intake.v1": 0}, "parked": 0, "dead_letters": 0, "work": {},
    "next_due_at": None,
}  # fmt: skip


class FakeServices:
    """Four services at rest with one case; `more` messages appear with the first replay."""

    def __init__(self, *, more: int = 0) -> None:
        self.more = more
        self.messages = [{"message_id": "m-0"}]
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        match request.url.path.rpartition("/")[2]:
            case "cases":
                return httpx2.Response(201, json={"case_id": "c-1"})
            case "quiescence":
                return httpx2.Response(200, json=AT_REST)
            case "replay":
                self.asked.append((request.url.host, request.content.decode()))
                self.messages += [{"message_id": f"m-{number}"} for number in range(1, self.more + 1)]
                self.more = 0
                return httpx2.Response(202, json={"events": 2})
            case "messages":
                return httpx2.Response(200, json={"items": self.messages})
            case "payments" | "deliveries" as name:
                return httpx2.Response(200, json={name: []})
            case _:
                return httpx2.Response(200, json={"items": []})


async def differences(tmp_path: Path, services: FakeServices, replay: str) -> list[str]:
    write_pack(tmp_path / "small")
    file = tmp_path / "s.yaml"
    file.write_text(TEXT.replace("REPLAY", replay), encoding="utf-8")
    runner = StepRunner(
        session_with(services), load_scenario(file), now=datetime(2026, 3, 5).astimezone(), due=None, is_watched=False
    )
    await runner.take(1)
    result, _ = await runner.take(2)
    return list(map(str, result.differences))


async def test_every_service_is_asked_and_nothing_differs(tmp_path: Path) -> None:
    services = FakeServices()

    found = await differences(tmp_path, services, "{replay: , expect: {response: {events: 8, of: {sla: 2}}}}")

    assert found == []
    assert services.asked == [(service, "{}") for service in ("intake", "sla", "settlement", "notify")]


async def test_the_events_of_one_case_on_the_topics_of_one_service(tmp_path: Path) -> None:
    services = FakeServices()

    assert await differences(tmp_path, services, "{replay: {of: case, to: sla}}") == []
    assert services.asked[0] == ("intake", '{"key":"c-1","topic":"redress.intake.v1"}')


async def test_a_message_that_is_sent_again_makes_the_step_differ(tmp_path: Path) -> None:
    assert await differences(tmp_path, FakeServices(more=1), "{replay: }") == [
        'unchanged: messages of case: expected 1 as before, came 2, new: [{"message_id":"m-1"}]'
    ]
