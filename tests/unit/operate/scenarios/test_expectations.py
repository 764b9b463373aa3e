"""Expectations against pages that a stack would show."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from pydantic import TypeAdapter

from operate.scenarios.expectation import View
from operate.scenarios.registry import EXPECTATIONS
from operate.scenarios.session import Answer
from tests.unit.operate.scenarios.fake_stack import session_with

CLOCK = {
    "clock": "reply",
    "state": "running",
    "goal": "major",
    "cite": "X-4 Art.4",
    "started_at": "2026-03-05T01:00:00Z",
    "due_at": "2026-03-14T16:00:00Z",
    "original_due_at": "2026-03-14T16:00:00Z",
    "breaches": [],
}
POSTING = {"account": "refunds", "amount": {"minor": 2100000, "currency": "CNY"}}


async def differences(name: str, wanted: Any, pages: Mapping[str, Any], **view: Any) -> list[str]:
    async def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=pages[request.url.path])

    expectation = EXPECTATIONS[name]
    value = TypeAdapter(expectation.type).validate_python(wanted)
    seen = View(session=session_with(handler), case_id="c", token="ann", **view)
    found = [line async for line in expectation.differences(value, seen)]
    return [f"{line} ({line.element})" if line.element else str(line) for line in found]


def listed(what: str, *items: Any) -> dict[str, Any]:
    return {f"/v1/cases/c/{what}": {"items": items}}


async def test_an_account_without_postings_has_a_balance_of_nothing() -> None:
    assert await differences("ledger", {"refunds": 0, "other": "0.00"}, listed("ledger")) == []
    assert await differences("ledger", {"refunds": 5}, listed("ledger")) == [
        'ledger.refunds: expected "5.00", came "0.00"'
    ]
    assert await differences("ledger", {"refunds": "21,000.00", "other": 0}, listed("ledger", POSTING)) == []


async def test_what_is_expected_of_a_case_that_was_refused_is_missing() -> None:
    async def handler(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url)

    view = View(session=session_with(handler), case_id=None, token="ann")
    found = [str(line) async for line in EXPECTATIONS["status"].compared("open", view)]
    assert found == ['status: expected "open", came nothing']


async def test_a_clock_that_differs_is_told_with_its_goal() -> None:
    wanted = {"reply": {"due_at": "2026-03-08T00:00"}}

    assert await differences("clocks", wanted, listed("clocks", CLOCK)) == [
        'clock reply.due_at: expected "2026-03-08T00:00", came "2026-03-15T00:00" (sla.clocks[reply].goals[major])'
    ]
    assert await differences("clocks", {"reply": {"due_at": "2026-03-15"}}, listed("clocks", CLOCK)) == []


async def test_a_clock_that_is_missing_is_told_with_those_that_there_are() -> None:
    assert await differences("clocks", {"visit": {"state": "met"}}, listed("clocks", CLOCK)) == [
        'clock visit: expected one, came none; there are ["reply"] (sla.clocks[visit])'
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"200": 1, "four_eyes": 2}, []),
        ({"200": 1, "409": 2}, []),
        ({"200": 2, "four_eyes": 1}, ["answers 200: expected 2, came 1", "answers four_eyes: expected 1, came 2"]),
        ({"200": 1}, ['answers: expected only ["200"], came ["four_eyes","four_eyes"]']),
    ],
)
async def test_answers_are_counted_by_status_or_code(wanted: dict[str, int], found: list[str]) -> None:
    refused = Answer(409, {"code": "four_eyes"}, {})

    assert await differences("answers", wanted, {}, all_answers=[Answer(200, {}, {}), refused, refused]) == found


async def test_each_answer_is_compared_with_the_status() -> None:
    answers = [Answer(200, {}, {}), Answer(409, {}, {})]

    assert await differences("http", 200, {}, answers=answers) == ["answer.http: expected 200, came 409"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"recipients": ["b", "a"]}, []),
        ({"recipients": {"contains": ["a"], "count": 2}}, []),
        ({"recipients": {"count": 1}}, ['document slip.recipients count: expected 1, came 2: ["a","b"]']),
    ],
)
async def test_lists_of_a_document_may_be_matched(wanted: dict[str, Any], found: list[str]) -> None:
    page = {"documents": [{"template": "slip", "recipients": ["b", "a"], "signed_by": [], "fields": {}}]}

    came = await differences("documents", {"slip": wanted}, {"/v1/cases/c": page})

    assert [line.removesuffix(" (intake.documents[slip])") for line in came] == found


async def test_milestones_may_be_matched() -> None:
    page = {"/v1/cases/c": {"milestones": [{"name": "case.registered"}, {"name": "case.accepted"}]}}

    assert await differences("milestones", ["case.accepted"], page) == []
    assert await differences("milestones", {"count": 2, "contains": ["case.registered"]}, page) == []
    assert await differences("milestones", {"count": 1}, page) == [
        'milestones count: expected 1, came 2: ["case.registered","case.accepted"]'
    ]


async def test_payments_may_be_matched() -> None:
    page = {"/payments": {"payments": [{"amount_minor": 2100000, "currency": "CNY", "status": "paid"}]}}

    assert await differences("payments", {"amounts": ["21000"]}, page) == []
    assert await differences("payments", {"amounts": {"contains": [21000], "count": 1}}, page) == []
    assert await differences("payments", {"amounts": {"contains": ["5"]}}, page) == [
        'ERP payments contains: expected "5.00", came 1 without it: ["21,000.00"]'
    ]


async def test_a_fact_that_differs_is_told_with_its_field() -> None:
    page = {"/v1/cases/c": {"facts": {"tonnes": "60.50"}}}

    assert await differences("case", {"facts": {"tonnes": 60.5}}, page) == []
    assert await differences("case", {"facts": {"tonnes": "61"}}, page) == [
        'case.facts.tonnes: expected "61", came "60.50" (intake.facts[tonnes])'
    ]
