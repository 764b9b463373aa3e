"""`webhooks`: deliveries that the webhook sink accepted."""

import json
from collections.abc import AsyncIterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import AfterValidator

from operate.scenarios.difference import Difference, as_written
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Count
from shared.contracts.catalogue import BY_NAME


async def _differences(wanted: Mapping[str, int], view: View) -> AsyncIterator[Difference]:
    url = f"{view.session.stack.webhook_sink}/deliveries"
    page = await view.session.sink(url, params={"receiver": view.session.organisation})
    verified = [delivery for delivery in page["deliveries"] if delivery["verified"]]
    types = [json.loads(delivery["body"]).get("type", "") for delivery in verified]
    for name, count in wanted.items():
        came = sum(1 for type_ in types if type_.startswith(name))
        if came != count:
            yield Difference(f"webhooks {name}", str(count), f"{came} of {as_written(types)}")


def _event(name: str) -> str:
    if not any(event.startswith(name) or name == f"{event}.v1" for event in BY_NAME):
        near = next(iter(get_close_matches(name, BY_NAME, n=1)), None)
        raise ValueError(f"no event `{name}` is published" + (f" (is `{near}` meant?)" if near else ""))
    return name


EXPECTATION: Final = Expectation(
    name="webhooks",
    type=dict[Annotated[str, AfterValidator(_event)], Count],
    about="organisation",
    meaning="by event name: how many deliveries the webhook sink accepted",
    differences=_differences,
)
