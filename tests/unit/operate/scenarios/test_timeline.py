"""A step's answers as they are printed."""

from io import StringIO
from typing import Any

import httpx2
from rich.console import Console

from operate.scenarios.outcome import StepResult
from operate.scenarios.session import Answer, Session
from operate.scenarios.timeline import Timeline
from tests.unit.operate.scenarios.fake_stack import session_with


def answer(body: Any, *, request: str) -> Answer:
    return Answer(status=202, body=body, headers={"x-request-id": request})


async def printed(*answers: Answer) -> list[str]:
    text = StringIO()
    step = StepResult(
        number=1,
        line=1,
        at="2026-04-08T15:00",
        by="sun",
        title="payout",
        note="",
        rules=(),
        answers=answers,
        differences=(),
    )
    nothing: Session = None  # type: ignore[assignment]  # of a step without a case nothing is read
    await Timeline(Console(file=text, width=200))(nothing, step, None)
    return [line.strip() for line in text.getvalue().splitlines()[1:]]


async def test_an_answer_that_comes_again_is_printed_once() -> None:
    paid = [answer({"state": "executing"}, request=str(number)) for number in range(3)]
    other = answer({"state": "executed"}, request="4")
    assert await printed(*paid, other) == [
        '← 202 {"state":"executing"}',
        "← the same again, 2 times",
        '← 202 {"state":"executed"}',
    ]


async def test_after_five_different_answers_the_others_are_counted() -> None:
    different = [answer({"number": number}, request="r") for number in range(6)]
    assert await printed(*different, different[-1]) == [
        *(f'← 202 {{"number":{number}}}' for number in range(5)),
        "← and 2 more answers",
    ]


def said(name: str, at: str, *, source: str = "step", **details: Any) -> dict[str, Any]:
    label = {"zh": name, "en": name}
    return {
        "entry_id": name, "what": name, "at": at, "label": label, "cite": "X-1", "source": source, "details": details,
    }  # fmt: skip


def a_clock(name: str, state: str) -> dict[str, Any]:
    due = "2026-03-14T00:00:00+08:00"
    return {
        "clock_id": name, "clock": name, "label": {"zh": name, "en": name}, "state": state, "due_at": due,
        "original_due_at": due, "waiting": [], "breaches": [], "cite": "X-2",
    }  # fmt: skip


async def test_what_happened_is_printed_in_its_order_states_at_the_instant_at_which_they_changed() -> None:
    midnight, second = "2026-03-13T16:00:00Z", "2026-03-13T16:00:01Z"
    history = [
        said("registered", "2026-03-05T01:00:00Z", source="registration"),
        said("warned", midnight, source="sla", clock="consent"),
        said("agreed", midnight),
    ]
    pages: dict[str, Any] = {
        "/v1/cases/c": {
            "number": "L-1", "status_label": {"zh": "done", "en": "done"}, "milestones": [], "facts": {}, "documents": [],
            "links": [{"case_id": "d", "number": "N-1", "relation": "notice", "status_label": {"zh": "new", "en": "new"}}],
        },
        "/v1/cases/d": {
            "number": "N-1", "status_label": {"zh": "new", "en": "new"}, "milestones": [], "facts": {}, "documents": [],
            "links": [],
        },
        "/v1/cases/d/timeline": [said("opened", "2026-03-05T02:00:00Z", source="registration")],
        "/v1/cases/d/clocks": [],
        "/v1/cases/d/remedies": [],
        "/v1/cases/d/messages": [],
        "/v1/cases/c/timeline": history,
        "/v1/cases/c/clocks": [a_clock("consent", "cancelled"), a_clock("repair", "running")],
        "/v1/cases/c/remedies": [],
        "/v1/cases/c/messages": [
            {"message_id": "m", "recipient": "clerk", "channel": "email", "state": "sent", "subject": "s", "at": second,
             "cite": "X-3"},
        ],
    }  # fmt: skip

    async def answered(request: httpx2.Request) -> httpx2.Response:
        page = pages[request.url.path]
        return httpx2.Response(200, json={"items": page, "next": None} if isinstance(page, list) else page)

    text = StringIO()
    look = StepResult(
        number=2, line=2, at="2026-03-14T09:00", by="", title="look", note="", rules=(), answers=(), differences=(),
    )  # fmt: skip
    await Timeline(Console(file=text, width=200))(session_with(answered), look, "c")

    assert [" ".join(line.split()) for line in text.getvalue().splitlines()] == [
        "2026-03-05T09:00 → registered X-1",
        "2026-03-05T10:00 → N-1 opened X-1",
        "2026-03-05T10:00 = N-1 status: new",
        "2026-03-14T00:00 → warned (consent) X-1",
        "2026-03-14T00:00 → agreed X-1",
        "2026-03-14T00:00 = status: done",
        "2026-03-14T00:00 ⇒ notice N-1: new",
        "2026-03-14T00:00 ⏱ consent: cancelled, due 2026-03-14T00:00 X-2",
        "2026-03-14T00:00:01 ✉ clerk by email (sent): s X-3",
        "2026-03-14T09:00 look",
        "2026-03-14T09:00 ⏱ repair: running, due 2026-03-14T00:00 X-2",
    ]
