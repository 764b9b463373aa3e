"""A step's answers as they are printed."""

from io import StringIO
from typing import Any

from rich.console import Console

from operate.scenarios.outcome import StepResult
from operate.scenarios.session import Answer, Session
from operate.scenarios.timeline import Timeline


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
