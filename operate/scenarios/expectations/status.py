"""`status`: the case's status."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from operate.scenarios.difference import Difference, differing
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.verb import PackName


async def _differences(wanted: str, view: View) -> AsyncIterator[Difference]:
    came = (await view.case())["status"]
    if wanted != came:
        yield differing("case status", wanted, came, element=view.element)


def _pack_names(wanted: str) -> Iterator[PackName]:
    yield PackName(kind="status", path=(), id=wanted)


EXPECTATION: Final = Expectation(
    name="status",
    type=str,
    about="case",
    meaning="the case's status",
    differences=_differences,
    pack_names=_pack_names,
)
