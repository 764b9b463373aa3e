"""`case`: the case page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Json

_FACTS: Final = "case.facts."


async def _differences(wanted: Json, view: View) -> AsyncIterator[Difference]:
    for difference in subset("case", wanted, await view.case()):
        yield replace(difference, element=_element(difference.where))


def _element(where: str) -> str:
    """A fact is declared in the pack; other fields of the page are not."""
    if not where.startswith(_FACTS):
        return ""
    fact = where.removeprefix(_FACTS).partition(".")[0].partition("[")[0].partition(" ")[0]
    return f"intake.facts[{fact}]"


EXPECTATION: Final = Expectation(
    name="case",
    type=Json,
    about="case",
    meaning="the case page (`GET /v1/cases/{id}`)",
    differences=_differences,
)
