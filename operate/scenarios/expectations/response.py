"""`response`: the body of the step's answer."""

from collections.abc import AsyncIterator
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Json


async def _differences(wanted: Json, view: View) -> AsyncIterator[Difference]:
    for answer in view.answers:
        for difference in subset("answer.response", wanted, answer.body):
            yield difference


EXPECTATION: Final = Expectation(
    name="response",
    type=Json,
    about="answer",
    meaning="the body of the step's answer",
    differences=_differences,
)
