"""`indicators`: indicators of the organisation in a period."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Final

from operate.scenarios.compare import subset, unordered
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Strict, Text, Texts
from operate.scenarios.verb import PackName


class IndicatorExpectation(Strict):
    """One indicator in a period; `cases` are numbers of cases, in any order."""

    period: str
    value: Text | None = None
    met: bool | None = None
    not_enough_cases: bool | None = None
    population: int | None = None
    groups: dict[str, int] | None = None
    amounts: dict[str, Text] | None = None
    cases: Texts | None = None


async def _differences(wanted: Mapping[str, IndicatorExpectation], view: View) -> AsyncIterator[Difference]:
    for name, expected in wanted.items():
        path = f"/v1/indicators/{name}?period={expected.period}&limit=200"
        page = await view.session.operate("sla", "GET", path)
        came = {
            **{key: page[key] for key in ("value", "met", "not_enough_cases", "population")},
            "groups": {str(group["group"]): group["cases"] for group in page["groups"]},
            "amounts": {str(group["group"]): group["amount"] for group in page["groups"]},
            "cases": sorted(item["number"] for item in page["cases"]["items"]),
        }
        asked = expected.model_dump(exclude_none=True, exclude={"period"})
        asked = {key: unordered(value) for key, value in asked.items()}
        for difference in subset(f"indicator {name} {expected.period}", asked, came):
            yield replace(difference, element=f"sla.indicators[{name}]")


def _pack_names(wanted: Mapping[str, IndicatorExpectation]) -> Iterator[PackName]:
    return (PackName(kind="indicator", path=(name,), id=name) for name in wanted)


EXPECTATION: Final = Expectation(
    name="indicators",
    type=dict[str, IndicatorExpectation],
    about="organisation",
    meaning="by indicator id: `period` (`2026-03`, `2026-Q1`, …), `value`, `met`, `not_enough_cases`, `population`, "
    "`groups: {value: cases}`, of a sum `amounts: {value: amount}`, `cases: [numbers]` in any order",
    differences=_differences,
    pack_names=_pack_names,
)
