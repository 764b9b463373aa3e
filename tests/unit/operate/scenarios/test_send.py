"""How the requests of a step are sent: keys, side by side, what is kept."""

import asyncio
import itertools
import json
from pathlib import Path

import httpx2

from operate.scenarios.load import load_scenario
from operate.scenarios.send import Sender, Sent
from operate.scenarios.verb_call import Created
from tests.support.packs import write_pack
from tests.unit.operate.scenarios.fake_stack import Handler, session_with

HEAD = """\
scenario: Title
rules: [X-1]
pack: ./small
start: 2026-03-05T09:00
people: {ann: {roles: [clerk]}, bob: {roles: [leader]}}
steps:
"""


async def sent(tmp_path: Path, steps: str, handler: Handler) -> tuple[list[list[Sent]], Created]:
    write_pack(tmp_path / "small")
    file = tmp_path / "s.yaml"
    file.write_text(HEAD + steps, encoding="utf-8")
    loaded = load_scenario(file)
    created = Created()
    sender = Sender(session_with(handler), loaded, created)
    numbers = range(1, len(loaded.scenario.steps) + 1)
    return [await sender.send(loaded.scenario.steps[number - 1], number) for number in numbers], created


class Requests:
    """Answers only when as many requests as expected are under way at the same moment."""

    def __init__(self, together: int) -> None:
        self.barrier = asyncio.Barrier(together)
        self.seen: list[tuple[str, str, str]] = []
        self.numbers = itertools.count(1)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(
            (
                request.headers["authorization"].removeprefix("Bearer "),
                request.url.path,
                request.headers["idempotency-key"],
            )
        )
        number = next(self.numbers)
        async with asyncio.timeout(5):
            await self.barrier.wait()
        return httpx2.Response(201, json={"case_id": f"case-{number}"})


async def test_at_once_sends_all_before_any_is_answered_each_under_its_own_key(tmp_path: Path) -> None:
    requests = Requests(3)

    ((one,),), created = await sent(
        tmp_path, "  - {by: ann, at_once: 3, keep: made, register: {case_type: complaint}}\n", requests
    )

    assert sorted(requests.seen) == [("ann", "/v1/cases", f"step-1-{number}") for number in (1, 2, 3)]
    assert [answer.status for answer in one.compared] == [201, 201, 201]
    assert sorted(body["case_id"] for body in created.answers["made"]) == ["case-1", "case-2", "case-3"]


async def test_at_once_with_a_key_sends_one_request_several_times(tmp_path: Path) -> None:
    requests = Requests(2)

    await sent(tmp_path, "  - {by: ann, at_once: 2, key: k-7, register: {case_type: complaint}}\n", requests)

    assert requests.seen == [("ann", "/v1/cases", "k-7")] * 2


async def test_listed_requests_are_sent_side_by_side_each_by_its_person(tmp_path: Path) -> None:
    requests = Requests(2)
    steps = (
        "  - at_once:\n"
        "      - {by: ann, keep: hers, register: {case_type: complaint, as: a}}\n"
        "      - {by: bob, keep: his, key: k-8, register: {case_type: complaint, as: b}}\n"
    )

    (both,), created = await sent(tmp_path, steps, requests)

    assert sorted(requests.seen) == [("ann", "/v1/cases", "step-1-1"), ("bob", "/v1/cases", "k-8")]
    assert [len(each.compared) for each in both] == [1, 1]
    assert sorted(created.cases) == ["a", "b"]
    assert created.answers["hers"]["case_id"] == created.cases["a"]


async def test_a_key_may_be_used_again_with_another_body(tmp_path: Path) -> None:
    bodies: list[tuple[str, str]] = []

    async def handler(request: httpx2.Request) -> httpx2.Response:
        bodies.append((request.headers["idempotency-key"], json.loads(request.content)["description"]))
        return httpx2.Response(201, json={"case_id": "c"})

    steps = "".join(
        f"  - {{by: ann, key: k-1, register: {{case_type: complaint, description: {text}}}}}\n" for text in ("x", "y")
    )
    await sent(tmp_path, steps, handler)

    assert bodies == [("k-1", "x"), ("k-1", "y")]


async def test_repetitions_have_the_same_key_and_times_one_each(tmp_path: Path) -> None:
    keys: list[str] = []

    async def handler(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["idempotency-key"])
        return httpx2.Response(201, json={"case_id": "c"})

    steps = (
        "  - {by: ann, repeat: 2, register: {case_type: complaint}}\n"
        "  - {by: ann, times: 2, register: {case_type: complaint}}\n"
    )
    await sent(tmp_path, steps, handler)

    assert keys == ["step-1", "step-1", "step-2", "step-2-1"]


async def test_a_whole_answer_is_sent_as_a_value(tmp_path: Path) -> None:
    bodies: list[object] = []

    async def handler(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content) if request.content else None)
        return httpx2.Response(201, json={"case_id": "c", "number": "C-00001"})

    steps = (
        "  - {by: ann, keep: made, register: {case_type: complaint}}\n"
        "  - {by: ann, call: {service: intake, method: POST, path: /v1/x, body: {of: '{made}', id: 'of {made.case_id}'}}}\n"
    )
    await sent(tmp_path, steps, handler)

    assert bodies[1] == {"of": {"case_id": "c", "number": "C-00001"}, "id": "of c"}
