"""`http`: the HTTP status of the step's answer."""

from collections.abc import AsyncIterator
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View


async def _differences(wanted: int, view: View) -> AsyncIterator[Difference]:
    for answer in view.answers:
        for difference in subset("answer.http", wanted, answer.status):
            yield difference


EXPECTATION: Final = Expectation(
    name="http",
    type=int,
    about="answer",
    meaning="the HTTP status of the step's answer; an expected 4xx counts as met",
    differences=_differences,
)
