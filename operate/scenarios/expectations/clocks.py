"""`clocks`: clocks of the case, found by their ids in the pack."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from operate.scenarios.compare import Shown, named
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.session import Session
from operate.scenarios.values import Count, Strict, Truth, When, one_of
from operate.scenarios.verb import PackName

_INSTANTS: Final = ("started_at", "due_at", "original_due_at")


class ClockExpectation(Strict):
    """One clock of the case."""

    state: Annotated[str, one_of("undated", "running", "paused", "met", "missed", "cancelled")] | None = None
    started_at: When | None = None
    due_at: When | None = None
    original_due_at: When | None = None
    goal: str | None = None
    breaches: Count | None = None
    cite: str | None = None
    waiting: list[str] | None = None
    absent: Truth | None = None


async def _differences(wanted: Mapping[str, ClockExpectation], view: View) -> AsyncIterator[Difference]:
    shown: dict[str, Shown] = {}
    for item in await view.of_case("sla", "clocks"):
        local = {key: view.session.local(item[key]) for key in _INSTANTS}
        shown[item["clock"]] = {**item, **local, "breaches": len(item["breaches"])}
    asked = {name: _local(clock, view.session) for name, clock in wanted.items()}
    for name, clock in asked.items():
        for difference in named("clock", {name: clock}, shown, element="sla.clocks"):
            goal = shown.get(name, {}).get("goal")
            yield replace(difference, element=f"{difference.element}.goals[{goal}]") if goal else difference


def _local(wanted: ClockExpectation, session: Session) -> dict[str, Any]:
    asked = wanted.model_dump(exclude_none=True)
    return {key: session.local(session.instant(value)) if key in _INSTANTS else value for key, value in asked.items()}


def _pack_names(wanted: Mapping[str, ClockExpectation]) -> Iterator[PackName]:
    for name, clock in wanted.items():
        if not clock.absent:
            yield PackName(kind="clock", path=(name,), id=name)
        if clock.goal is not None:
            yield PackName(kind="goal", path=(name, "goal"), id=f"{name}.{clock.goal}")


EXPECTATION: Final = Expectation(
    name="clocks",
    type=dict[str, ClockExpectation],
    about="case",
    meaning="by clock id: `state`, `started_at`, `due_at`, `original_due_at`, `goal`, `breaches` (how many), "
    "`cite` (its start), `waiting` (the events that opened what it waits for), or `absent: true`",
    differences=_differences,
    pack_names=_pack_names,
)
