"""`explain`: which days a clock counts and skips, and why."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference, as_written, differing
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Days, ListMatch, Strict
from operate.scenarios.verb import PackName


class ExplainExpectation(Strict):
    """Days that a clock counts, and days that it skips with a part of the reason."""

    counted: Days | None = None
    skipped: dict[str, str] = {}


async def _differences(wanted: Mapping[str, ExplainExpectation], view: View) -> AsyncIterator[Difference]:
    for name, asked in wanted.items():
        page = await view.get("sla", f"/v1/cases/{view.case_id}/clocks/{name}/explain")
        for difference in _of_clock(name, asked, page["days"]):
            yield difference


def _of_clock(name: str, wanted: ExplainExpectation, days: list[dict[str, Any]]) -> Iterator[Difference]:
    element = f"sla.clocks[{name}]"
    counted = [day["date"] for day in days if day["counted"]]
    if isinstance(wanted.counted, ListMatch):
        yield from subset(f"explain {name} counted", wanted.counted.model_dump(exclude_none=True), counted)
    elif wanted.counted is not None and wanted.counted != counted:
        yield differing(f"explain {name} counted", wanted.counted, counted, element=element)
    skipped = {day["date"]: f"{day['reason']['zh']} {day['reason']['en']}" for day in days if not day["counted"]}
    for day, part in wanted.skipped.items():
        if part not in skipped.get(day, ""):
            came = f"skipped for {as_written(skipped[day])}" if day in skipped else "not skipped"
            yield Difference(f"explain {name} {day}", f"skipped for {as_written(part)}", came, element=element)


def _pack_names(wanted: Mapping[str, ExplainExpectation]) -> Iterator[PackName]:
    return (PackName(kind="clock", path=(name,), id=name) for name in wanted)


EXPECTATION: Final = Expectation(
    name="explain",
    type=dict[str, ExplainExpectation],
    about="case",
    meaning="by clock id: `counted: [days]`, `skipped: {day: part of the reason in either language}`",
    differences=_differences,
    pack_names=_pack_names,
)
