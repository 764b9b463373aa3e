"""`explain_amount`: the values of a remedy's formula steps."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Text


async def _differences(wanted: Mapping[str, Mapping[str, str]], view: View) -> AsyncIterator[Difference]:
    ids = {item["remedy"]: item["remedy_id"] for item in await view.of_case("settlement", "remedies")}
    for name, steps in wanted.items():
        page = await view.get("settlement", f"/v1/remedies/{ids.get(name, name)}/explain")
        values = {step["id"]: step["value"] for step in page["steps"]}
        for step, value in steps.items():
            for difference in subset(f"explain {name}.{step}", value, values.get(step)):
                yield replace(difference, element=f"settlement.remedies[{name}].steps[{step}]")


EXPECTATION: Final = Expectation(
    name="explain_amount",
    type=dict[str, dict[str, Text]],
    about="case",
    meaning="by remedy id: `{formula step id: value}` as `GET /v1/remedies/{id}/explain` shows it",
    differences=_differences,
)
