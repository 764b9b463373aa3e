"""`milestones`: milestones that the case has reached."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference, as_written
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import ListMatch, Texts
from operate.scenarios.verb import PackName


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


def _pack_names(wanted: list[str] | ListMatch) -> Iterator[PackName]:
    names = wanted if isinstance(wanted, list) else wanted.contains or []
    path = () if isinstance(wanted, list) else ("contains",)
    yield from (PackName(kind="milestone", path=(*path, i), id=str(name)) for i, name in enumerate(names))


EXPECTATION: Final = Expectation(
    name="milestones",
    type=Texts,
    about="case",
    meaning="milestones that the case has reached, among others",
    differences=_differences,
    pack_names=_pack_names,
)
