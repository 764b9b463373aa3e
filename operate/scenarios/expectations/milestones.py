"""`milestones`: milestones that the case has reached."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference, as_written
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import ListMatch, Texts


async def _differences(wanted: list[str] | ListMatch, view: View) -> AsyncIterator[Difference]:
    page: Mapping[str, Any] = await view.case()
    reached = [milestone["name"] for milestone in page["milestones"]]
    if isinstance(wanted, ListMatch):
        for difference in subset("milestones", wanted.model_dump(exclude_none=True), reached):
            yield difference
        return
    for name in wanted:
        if name not in reached:
            yield Difference(f"milestone {name}", "reached", f"reached are {as_written(reached)}", element=view.element)


EXPECTATION: Final = Expectation(
    name="milestones",
    type=Texts,
    about="case",
    meaning="milestones that the case has reached, among others",
    differences=_differences,
)
