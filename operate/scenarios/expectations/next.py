"""`next`: what the step's person may do next."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference, as_written, refusal_text
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Strict
from operate.scenarios.verb import PackName


class NextExpectation(Strict):
    """What the case page lists as next steps."""

    allowed: list[str] = []
    refused: dict[str, str] = {}
    absent: list[str] = []


async def _differences(wanted: NextExpectation, view: View) -> AsyncIterator[Difference]:
    page = await view.session.call("intake", "GET", f"/v1/cases/{view.case_id}", token=view.token)
    if page.refused:
        yield Difference("next", "the case page", refusal_text(page))
        return
    shown = {
        item["step"]: "allowed" if item["allowed"] else (item["refusal"] or {}).get("code")
        for item in page.body["next"]
    }
    for step, expected in (dict.fromkeys(wanted.allowed, "allowed") | wanted.refused).items():
        for difference in subset(f"next.{step}", expected, shown.get(step)):
            yield replace(difference, element=f"intake.steps[{step}]")
    for step in wanted.absent:
        if step in shown:
            yield Difference(f"next.{step}", "not listed", as_written(shown[step]), element=f"intake.steps[{step}]")


def _pack_names(wanted: NextExpectation) -> Iterator[PackName]:
    for key in ("allowed", "absent"):
        yield from (PackName(kind="step", path=(key, i), id=step) for i, step in enumerate(getattr(wanted, key)))
    yield from (PackName(kind="step", path=("refused", step), id=step) for step in wanted.refused)


EXPECTATION: Final = Expectation(
    name="next",
    type=NextExpectation,
    about="case",
    meaning="`allowed: [steps]`, `refused: {step: code}`, `absent: [steps]` as the case page lists what the step's "
    "person (`by`) may do next",
    differences=_differences,
    pack_names=_pack_names,
)
