"""Plays one scenario on a running stack: an organisation of its own, a clock of its own, step by step."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from pydantic import BaseModel

from operate.errors import OperatorError
from operate.scenarios import check, perform, quiescence
from operate.scenarios.expectations import Expect
from operate.scenarios.format import Scenario, Step
from operate.scenarios.located import Located, read
from operate.scenarios.session import Answer, Session, Stack, TokenRequest
from operate.scenarios.verbs import ErpFault, Publish
from operate.token_commands import USUAL_SCOPES
from shared.ids import new_id
from shared.policy.loader import load_pack

BOOTSTRAP_ORGANISATION = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A step as it went: when (local), who, which verb, what came back, and what differs."""

    number: int
    line: int
    at: str
    by: str
    verb: str
    what: str
    note: str
    rule: str
    answer: Answer | None
    differences: list[str]


@dataclass(slots=True)
class Outcome:
    """A scenario's run. It passed when no step differs."""

    scenario: Scenario
    file: Path
    organisation: str = ""
    played: list[Played] = field(default_factory=list)
    cases: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every step was played and nothing differs."""
        whole = len(self.played) == len(self.scenario.steps)
        return whole and not any(step.differences for step in self.played)


Watch = Callable[[Session, Played, str | None], Awaitable[None]]


def load(file: Path) -> tuple[Scenario, Located]:
    """Read a scenario file; raises ScenarioInvalid with file and line of everything wrong in it."""
    located = read(file)
    scenario: Scenario = located.parse(Scenario)
    return scenario, located


async def play(
    file: Path, stack: Stack, *, watch: Watch | None = None, client: httpx2.AsyncClient | None = None
) -> Outcome:
    """Play the scenario in `file`; stops at the first step that differs. `client` brings its own manners.

    Raises ScenarioInvalid for a wrong file, PackInvalid for a wrong pack.
    """
    scenario, located = load(file)
    pack = load_pack(_pack_place(scenario.pack, file))
    sections = pack.valid()
    outcome = Outcome(scenario=scenario, file=file)
    async with client or httpx2.AsyncClient(trust_env=False) as http:
        zone = ZoneInfo(sections.pack.zone)
        session = Session(stack, http, organisation="", zone=zone)
        now = session.instant(scenario.start)
        session.organisation = await found_organisation(session, scenario.scenario, now)
        if any(person.organisation == "other" for person in scenario.people.values()):
            session.foreign_organisation = await found_organisation(session, f"not {scenario.scenario}", now)
        await publish(session, pack.documents, effective_from=None)
        due = await quiescence.settle(session)
        outcome.organisation = session.organisation
        player = _Player(session, scenario, located, now=now, due=due)
        outcome.cases = player.memory.cases
        for number in range(1, len(scenario.steps) + 1):
            played = await player.take(number)
            outcome.played.append(played)
            if watch is not None:
                await watch(session, played, player.memory.cases.get(scenario.steps[number - 1].case))
            if played.differences:
                break
    return outcome


def _pack_place(pack: str, file: Path) -> str:
    """A pack is named, or is a path: as given, or relative to the scenario file."""
    beside = (file.parent / pack).resolve()
    return str(beside) if "/" in pack and beside.is_dir() else pack


async def found_organisation(session: Session, name: str, now: datetime | None) -> str:
    """Create an organisation, on a clock of its own that stands at `now` when that is given; returns its id."""
    token = session.token(
        TokenRequest(organisation=BOOTSTRAP_ORGANISATION, subject="operator", roles=(), scope="admin")
    )
    answer = await session.call(
        "intake",
        "POST",
        "/v1/organisations",
        token=token,
        json={"name": name[:80]} | ({"simulated_now": now.isoformat()} if now else {}),
        headers={"Idempotency-Key": new_id()},
    )
    if answer.refused:
        raise OperatorError(f"the organisation could not be created: {answer.status} {answer.body}")
    return str(answer.body["organisation_id"])


async def publish(session: Session, documents: Mapping[str, Any], *, effective_from: str | None) -> Answer:
    """Publish a pack for the session's organisation, as its operator."""
    body: dict[str, Any] = {"documents": documents}
    if effective_from is not None:
        body["effective_from"] = effective_from
    answer = await session.call(
        "intake",
        "POST",
        "/v1/policies",
        token=session.operator_token(),
        json=body,
        headers={"Idempotency-Key": f"publish-{effective_from}"},
    )
    if answer.refused:
        raise OperatorError(f"the pack could not be published: {answer.status} {answer.body}")
    return answer


class _Player:
    def __init__(
        self, session: Session, scenario: Scenario, located: Located, *, now: datetime, due: datetime | None
    ) -> None:
        self.session = session
        self.scenario = scenario
        self.located = located
        self.now = now
        self.due = due
        self.memory = perform.Memory()

    async def take(self, number: int) -> Played:
        """Go to the step's instant, make its call, wait for quiescence, compare."""
        step = self.scenario.steps[number - 1]
        if step.at is not None:
            to = self.session.instant(step.at)
            self.due = await quiescence.advance(self.session, to, now=self.now, due=self.due)
            self.now = max(self.now, to)
        verb = step.verb()
        answer: Answer | None = None
        differences: list[str] = []
        if verb is not None:
            answer = await self._perform(step, number, *verb)
            for _ in range(step.repeat - 1):
                again = await self._perform(step, number, *verb)
                differences += check.subset("repeated answer", answer.body, again.body)
            self.due = await quiescence.settle(self.session)
        if step.refused is not None and answer is not None:
            differences += check.refusal(step.refused, answer)
        elif answer is not None and answer.refused and not _awaits(step.expect, answer):
            differences.append(f"refused with {answer.status}: {answer.body}")
        if step.expect is not None:
            checker = check.Checker(self.session, self.memory.cases.get(step.case))
            differences += await checker.differences(step.expect, answer)
        return Played(
            number=number,
            line=self.located.line("steps", number - 1),
            at=self.session.local(self.now),
            by=step.by or "",
            verb=verb[0] if verb else "look",
            what=_in_words(*verb) if verb else "look",
            note=step.note or "",
            rule=step.rule or ", ".join(self.scenario.rules),
            answer=answer,
            differences=differences,
        )

    async def _perform(self, step: Step, number: int, name: str, verb: Any) -> Answer:
        if isinstance(verb, ErpFault):
            url = f"{self.session.stack.erp}/faults"
            body = {"organisation": self.session.organisation, **verb.model_dump()}
            return Answer(200, await self.session.sink(url, json=body), {})
        if isinstance(verb, Publish):
            pack = load_pack(_pack_place(verb.pack, self.located.file))
            return await publish(self.session, pack.documents, effective_from=verb.effective_from)
        act = perform.Act(
            session=self.session,
            memory=self.memory,
            token=self._token(step),
            case=step.case,
            key=f"step-{number}",
            customer=dict(self.scenario.customer),
        )
        return await perform.perform(act, name, verb)

    def _token(self, step: Step) -> str:
        name = step.by or ""
        person = self.scenario.people[name]
        foreign = person.organisation == "other"
        return self.session.token(
            TokenRequest(
                organisation=self.session.foreign_organisation if foreign else self.session.organisation,
                subject=name,
                roles=tuple(person.roles),
                scope=" ".join(person.scopes) if person.scopes is not None else USUAL_SCOPES,
            )
        )


def _in_words(name: str, verb: BaseModel) -> str:
    """A verb with the one argument that says most: `step analyse`, `quote price_difference`."""
    for key in ("id", "case_type", "remedy", "clock", "kind", "pack", "path"):
        if argument := getattr(verb, key, None):
            return f"{name} {argument}"
    return name


def _awaits(expect: Expect | None, answer: Answer) -> bool:
    return expect is not None and expect.http == answer.status
