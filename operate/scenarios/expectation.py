"""What every expectation of a scenario is: the type of its value in the file, and how it is compared.

An expectation is one file in `operate/scenarios/expectations` with EXPECTATION, found by `registry.py`.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from operate.scenarios.compare import Shown
from operate.scenarios.difference import Difference, differing
from operate.scenarios.session import Answer, Session
from operate.scenarios.verb import PackName


@dataclass(slots=True, kw_only=True)
class View:
    """What one step can look at: its answers, its case, the organisation. Each page is fetched at most once."""

    session: Session
    case_id: str | None
    token: str
    """Of the step's person, or of the operator, who has no role."""
    answers: Sequence[Answer] = ()
    """The answers that `http` and `response` are about."""
    all_answers: Sequence[Answer] = ()
    element: str = ""
    """The element of the pack that the step's verb is about."""
    _pages: dict[str, Any] = field(default_factory=dict)

    async def get(self, service: str, path: str) -> Any:
        """A page, as the operator."""
        if (key := f"{service}{path}") not in self._pages:
            self._pages[key] = await self.session.operate(service, "GET", path)
        return self._pages[key]

    async def of_case(self, service: str, what: str) -> list[Shown]:
        """A list of the case, as the operator."""
        if (key := f"{service} {what}") not in self._pages:
            self._pages[key] = await self.session.items(service, f"/v1/cases/{self.case_id}/{what}")
        items: list[Shown] = self._pages[key]
        return items

    async def case(self) -> Any:
        """The case page, as the operator."""
        return await self.get("intake", f"/v1/cases/{self.case_id}")


def no_names(_wanted: Any) -> Iterator[PackName]:
    """For an expectation that names nothing of the pack."""
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One key under `expect`."""

    name: str
    type: Any
    about: Literal["answer", "case", "organisation"]
    meaning: str
    """For the documentation."""
    differences: Callable[[Any, View], AsyncIterator[Difference]]
    pack_names: Callable[[Any], Iterator[PackName]] = no_names
    """The things of the pack that the expected value names; paths are below the key."""

    async def compared(self, wanted: Any, view: View) -> AsyncIterator[Difference]:
        """What differs; all of it where the request was refused and there is no case to look at."""
        if self.about == "case" and view.case_id is None:
            yield differing(self.name, wanted, None)
            return
        async for difference in self.differences(wanted, view):
            yield difference
