"""`answers`: how many answers of a step had which HTTP status or refusal code."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Final

from operate.scenarios.difference import Difference, as_written, differing
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.session import Answer
from operate.scenarios.values import Count


async def _differences(wanted: Mapping[str, int], view: View) -> AsyncIterator[Difference]:
    came = Counter(key for answer in view.all_answers for key in _keys(answer) if key in wanted)
    for key, count in wanted.items():
        if came[key] != count:
            yield differing(f"answers {key}", count, came[key])
    others = [_keys(answer)[-1] for answer in view.all_answers if not set(_keys(answer)) & set(wanted)]
    if others:
        yield Difference("answers", f"only {as_written(list(wanted))}", as_written(sorted(others)))


def _keys(answer: Answer) -> list[str]:
    """`409` and `already_decided`."""
    code = answer.body.get("code") if answer.refused and isinstance(answer.body, Mapping) else None
    return [str(answer.status), *([str(code)] if code else [])]


EXPECTATION: Final = Expectation(
    name="answers",
    type=dict[str, Count],
    about="answer",
    meaning="how many of the step's answers have an HTTP status or a refusal code: `{200: 1, four_eyes: 4}`; "
    "every answer must have one of them",
    differences=_differences,
)
