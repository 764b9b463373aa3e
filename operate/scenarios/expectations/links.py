"""`links`: cases linked with the case."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from operate.scenarios.compare import subset, unordered
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Strict, Texts


class LinksExpectation(Strict):
    """The cases linked by a relation: how many, and their owners and statuses in any order."""

    count: int | None = None
    owners: Texts | None = None
    statuses: Texts | None = None


async def _differences(wanted: Mapping[str, LinksExpectation], view: View) -> AsyncIterator[Difference]:
    for relation, expected in wanted.items():
        links = [link for link in (await view.case())["links"] if link["relation"] == relation]
        came = {
            "count": len(links),
            "owners": sorted(link["owner"] for link in links),
            "statuses": sorted(link["status"] for link in links),
        }
        asked = {key: unordered(value) for key, value in expected.model_dump(exclude_none=True).items()}
        for difference in subset(f"links {relation}", asked, came):
            yield difference


EXPECTATION: Final = Expectation(
    name="links",
    type=dict[str, LinksExpectation],
    about="case",
    meaning="by relation: `count`, `owners` and `statuses` of the linked cases, in any order",
    differences=_differences,
)
