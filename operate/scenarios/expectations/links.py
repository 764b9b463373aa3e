"""`links`: cases linked with the case."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from operate.scenarios.compare import subset, unordered
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Count, Strict, Texts
from operate.scenarios.verb import PackName


class LinksExpectation(Strict):
    """The cases linked by a relation: how many, and their owners and statuses in any order."""

    count: Count | None = None
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


def _pack_names(wanted: Mapping[str, LinksExpectation]) -> Iterator[PackName]:
    for relation, expected in wanted.items():
        yield PackName(kind="relation", path=(relation,), id=relation)
        for index, status in enumerate(expected.statuses if isinstance(expected.statuses, list) else ()):
            yield PackName(kind="status", path=(relation, "statuses", index), id=status)


EXPECTATION: Final = Expectation(
    name="links",
    type=dict[str, LinksExpectation],
    about="case",
    meaning="by relation: `count`, `owners` and `statuses` of the linked cases, in any order",
    differences=_differences,
    pack_names=_pack_names,
)
