"""`webhooks`: deliveries that the webhook sink accepted."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Final

from operate.scenarios.difference import Difference, as_written
from operate.scenarios.expectation import Expectation, View


async def _differences(wanted: Mapping[str, int], view: View) -> AsyncIterator[Difference]:
    url = f"{view.session.stack.webhook_sink}/deliveries"
    page = await view.session.sink(url, params={"receiver": view.session.organisation})
    verified = [delivery for delivery in page["deliveries"] if delivery["verified"]]
    types = [json.loads(delivery["body"]).get("type", "") for delivery in verified]
    for name, count in wanted.items():
        came = sum(1 for type_ in types if type_.startswith(name))
        if came != count:
            yield Difference(f"webhooks {name}", str(count), f"{came} of {as_written(types)}")


EXPECTATION: Final = Expectation(
    name="webhooks",
    type=dict[str, int],
    about="organisation",
    meaning="by event name: how many deliveries the webhook sink accepted",
    differences=_differences,
)
