"""What no single value of a scenario file shows: whoever or whatever a step refers to must stand before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from operate.scenarios.expectations import Expect
from operate.scenarios.format import Scenario, Step
from operate.scenarios.references import ALWAYS, names_in
from operate.scenarios.verbs import DecideExtension, OnRemedy, Quote, Register, RequestExtension
from operate.scenarios.words import instant_in

Finding = tuple[tuple[str | int, ...], str]

# Verbs that need nobody (the simulator is not part of the organisation), and verbs that are about no case.
NOBODY = {"erp_fault"}
NO_CASE = {"register", "contact", "webhook", "publish", "erp_fault", "call"}
# Expectations that are about the whole organisation, or about the answer alone.
_WITHOUT_CASE = {"http", "response", "mail", "payments", "webhooks", "indicators"}


@dataclass(slots=True)
class _Before:
    """What the steps so far have made, as far as the file shows."""

    cases: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    quoted: set[tuple[str, str]] = field(default_factory=set)
    requested: set[tuple[str, str]] = field(default_factory=set)


def findings(scenario: Scenario) -> Iterator[Finding]:
    """Every reference to something that does not stand before it, with its place in the file."""
    before = _Before()
    for index, step in enumerate(scenario.steps):
        for path, message in _of_step(step, scenario, before):
            yield ("steps", index, *path), message
        _remember(step, before)


def times(scenario: Scenario, zone: Any) -> Iterator[Finding]:
    """Every step that would turn the clock back; known once the pack has said its zone."""
    now: datetime = instant_in(zone, scenario.start)
    for index, step in enumerate(scenario.steps):
        if step.at is None:
            continue
        to = instant_in(zone, step.at)
        if to < now:
            yield ("steps", index, "at"), f"`{step.at}` lies before the step above it: time only goes forward"
        now = max(now, to)


def case_named(step: Step, known: list[str]) -> str:
    """The case that a step means: the one it names, else `case`, else the one registered last."""
    verb = step.verb()
    if verb is not None and isinstance(verb[1], Register):
        return verb[1].name or step.case or "case"
    return step.case or ("case" if "case" in known or not known else known[-1])


def _of_step(step: Step, scenario: Scenario, before: _Before) -> Iterator[Finding]:
    verb = step.verb()
    if step.by is not None and step.by not in scenario.people:
        yield ("by",), f"`{step.by}` is not among `people`: {', '.join(scenario.people) or 'there is nobody'}"
    if verb is not None and verb[0] not in NOBODY and step.by is None:
        yield (verb[0],), "who acts? `by:` is missing"
    of_no_case = list(_case(step, verb, before))
    yield from of_no_case
    if verb is not None and not of_no_case:
        yield from _earlier(step, *verb, before)
    for key, value in (("verb", verb and verb[1]), ("expect", step.expect), ("refused", step.refused)):
        place = verb[0] if key == "verb" and verb else key
        yield from _names(place, value, before, own=step.keep if key != "verb" else None)


def _case(step: Step, verb: tuple[str, BaseModel] | None, before: _Before) -> Iterator[Finding]:
    if verb is not None and verb[0] == "register":
        return
    known = {*before.cases, *before.kept}
    needs = (verb is not None and verb[0] not in NO_CASE) or _looks_at_a_case(step.expect)
    needs = needs or (verb is not None and "case_id" in names_in(verb[1].model_dump()))
    if step.case is not None and step.case not in known:
        yield ("case",), f"no step before registers or keeps `{step.case}`"
    elif needs and step.case is None and not before.cases:
        yield (verb[0] if verb else "expect",), "of which case? No step before registers one"


def _looks_at_a_case(expect: Expect | None) -> bool:
    return expect is not None and bool(expect.model_fields_set - _WITHOUT_CASE)


def _earlier(step: Step, name: str, verb: BaseModel, before: _Before) -> Iterator[Finding]:
    case = case_named(step, before.cases)
    if isinstance(verb, OnRemedy):
        quoted = [remedy for of, remedy in before.quoted if of == case]
        if not quoted or (verb.remedy is not None and verb.remedy not in quoted):
            yield (name,), f"no step before quotes {f'`{verb.remedy}`' if verb.remedy else 'a remedy'} on `{case}`"
    if isinstance(verb, DecideExtension) and (case, verb.clock) not in before.requested:
        yield (name,), f"no step before requests an extension of `{verb.clock}` on `{case}`"


def _names(place: str, value: BaseModel | None, before: _Before, *, own: str | None) -> Iterator[Finding]:
    if value is None:
        return
    known = {*before.cases, *before.kept, *ALWAYS, *([own] if own else [])}
    for name in dict.fromkeys(names_in(value.model_dump())):
        if name not in known:
            yield (place,), f"`{{{name}.…}}`: no step before keeps an answer as `{name}`"


def _remember(step: Step, before: _Before) -> None:
    verb = step.verb()
    case = case_named(step, before.cases)
    if step.keep:
        before.kept.add(step.keep)
    match verb[1] if verb else None:
        case Register():
            before.cases.append(case)
        case Quote(remedy=remedy):
            before.quoted.add((case, remedy))
        case RequestExtension(clock=clock):
            before.requested.add((case, clock))
        case _:
            pass
