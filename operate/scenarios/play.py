"""Plays one scenario on a running stack: an organisation of its own, a clock of its own, step by step."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
from pydantic import BaseModel

from operate.errors import OperatorError
from operate.scenarios import check, compare, order, perform, quiescence
from operate.scenarios.act import Act, Memory
from operate.scenarios.difference import Difference, refused_in_words
from operate.scenarios.format import Scenario, Step
from operate.scenarios.perform import M
from operate.scenarios.ready import Ready, load
from operate.scenarios.session import OPERATOR_SCOPES, Answer, Session, Stack, TokenRequest
from operate.scenarios.verbs import ErpFault
from operate.token_commands import USUAL_SCOPES
from shared.kernel.ids import new_id
from shared.packs.publishing.cited_rules import rule_ids
from shared.packs.publishing.load import LoadedPack

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
    rules: tuple[str, ...]
    answer: Answer | None
    differences: list[Difference]


@dataclass(slots=True)
class Outcome:
    """A scenario's run. It passed when no step differs."""

    scenario: Scenario
    file: Path
    pack: LoadedPack
    organisation: str = ""
    played: list[Played] = field(default_factory=list)
    cases: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every step was played and nothing differs."""
        whole = len(self.played) == len(self.scenario.steps)
        return whole and not any(step.differences for step in self.played)


Watch = Callable[[Session, Played, str | None], Awaitable[None]]


async def play(
    file: Path, stack: Stack, *, watch: Watch | None = None, client: httpx2.AsyncClient | None = None
) -> Outcome:
    """Play the scenario in `file`; stops at the first step that differs. `client` brings its own manners.

    Raises ScenarioInvalid for a wrong file or pack.
    """
    ready = load(file)
    scenario = ready.scenario
    outcome = Outcome(scenario=scenario, file=file, pack=ready.pack)
    async with client or httpx2.AsyncClient(trust_env=False) as http:
        session = Session(stack, http, organisation="", zone=ready.zone, currency=ready.currency)
        now = session.instant(scenario.start)
        session.organisation = await found_organisation(session, scenario.scenario, now)
        if any(person.organisation == "other" for person in scenario.people.values()):
            session.foreign_organisation = await found_organisation(session, f"not {scenario.scenario}", now)
        await publish(session, ready.pack.documents, effective_from=None)
        due = await quiescence.settle(session)
        outcome.organisation = session.organisation
        player = _Player(session, ready, now=now, due=due)
        outcome.cases = player.memory.cases
        for number in range(1, len(scenario.steps) + 1):
            played, case_id = await player.take(number)
            outcome.played.append(played)
            if watch is not None:
                await watch(session, played, case_id)
            if played.differences:
                break
    return outcome


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
    """Publish a pack for the session's organisation, as its operator, who expects no refusal."""
    answer = await perform.publish(
        session, documents, effective_from=effective_from, token=session.operator_token(), key=f"publish-{new_id()}"
    )
    if answer.refused:
        raise OperatorError(f"the pack could not be published: {answer.status} {answer.body}")
    return answer


class _Player:
    def __init__(self, session: Session, ready: Ready, *, now: datetime, due: datetime | None) -> None:
        self.session = session
        self.scenario = ready.scenario
        self.ready = ready
        self.now = now
        self.due = due
        self.foreign_cases: set[str] = set()
        self.memory = Memory(kept={"organisation_id": session.organisation})

    async def take(self, number: int) -> tuple[Played, str | None]:
        """Go to the step's instant, make its call, wait for quiescence, compare; also our case that it was about."""
        step = self.scenario.steps[number - 1]
        line = self.ready.located.line("steps", number - 1)
        try:
            return await self._take(step, number, line)
        except OperatorError as error:
            raise OperatorError(
                f"{self.ready.file}:{line}: step {number} at {self.session.local(self.now)}: {error.message}",
                hint=error.hint,
            ) from None

    async def _take(self, step: Step, number: int, line: int) -> tuple[Played, str | None]:
        if step.at is not None:
            to = self.session.instant(step.at)
            self.due = await quiescence.advance(self.session, to, now=self.now, due=self.due)
            self.now = max(self.now, to)
        case = order.case_named(step, list(self.memory.cases))
        verb = step.verb()
        answer, differences = await self._call(step, number, case) if verb else (None, [])
        if answer is not None:
            differences += self._answered(step, answer)
        case_id = self.memory.case_id(case)
        if case_id is not None and verb is not None and verb[0] == "register" and self._is_foreign(step):
            self.foreign_cases.add(case_id)
        if step.expect is not None:
            token = self._token(step, usual=USUAL_SCOPES) if step.by else None
            checker = check.Checker(self.session, case_id, token=token)
            differences += await checker.differences(self._said(step.expect, case), answer)
        played = Played(
            number=number,
            line=line,
            at=self.session.local(self.now),
            by=step.by or "",
            verb=verb[0] if verb else "look",
            what=_in_words(*verb) if verb else "look",
            note=step.note or "",
            rules=rule_ids(step.rule or ""),
            answer=answer,
            differences=differences,
        )
        return played, None if case_id in self.foreign_cases else case_id

    async def _call(self, step: Step, number: int, case: str) -> tuple[Answer, list[Difference]]:
        """The step's calls and repetitions, settled; the last call's answer, and how its repetitions differ from it."""
        name, verb = step.verb()  # type: ignore[misc]
        verb = self._said(verb, case)
        answer = await self._perform(step, f"step-{number}", case, name, verb)
        for another in range(1, step.times):
            if answer.refused:
                break
            answer = await self._perform(step, f"step-{number}-{another}", case, name, verb)
        if step.keep:
            self.memory.kept[step.keep] = answer.body
        differences: list[Difference] = []
        for _ in range(step.repeat - 1):
            again = await self._perform(step, f"step-{number}", case, name, verb)
            differences += compare.repetition(answer, again)
        self.due = await quiescence.settle(self.session)
        return answer, differences

    def _answered(self, step: Step, answer: Answer) -> list[Difference]:
        if step.refused is not None:
            return compare.refusal(self._said(step.refused, ""), answer)
        if answer.refused and not (step.expect and step.expect.http == answer.status):
            cite = answer.body.get("cite") if isinstance(answer.body, Mapping) else ""
            return [Difference("answer", "accepted", f"refused with {refused_in_words(answer)}", cite or "")]
        return []

    def _said(self, model: M, case: str) -> M:
        return perform.said(model, {**self.memory.kept, "case_id": self.memory.case_id(case)})

    async def _perform(self, step: Step, key: str, case: str, name: str, verb: BaseModel) -> Answer:
        if isinstance(verb, ErpFault):
            url = f"{self.session.stack.erp}/faults"
            body = {"organisation": self.session.organisation, **verb.model_dump()}
            return Answer(200, await self.session.sink(url, json=body), {})
        act = Act(
            session=self.session,
            memory=self.memory,
            token=self._token(step, usual=OPERATOR_SCOPES if name == "publish" else USUAL_SCOPES),
            case=case,
            key=key,
            customer=dict(self.scenario.customer),
            packs={name: pack.documents for name, pack in self.ready.published.items()},
        )
        return await perform.perform(act, name, verb)

    def _is_foreign(self, step: Step) -> bool:
        return step.by is not None and self.scenario.people[step.by].organisation == "other"

    def _token(self, step: Step, *, usual: str) -> str:
        name = step.by or ""
        person = self.scenario.people[name]
        ours, theirs = self.session.organisation, self.session.foreign_organisation
        return self.session.token(
            TokenRequest(
                organisation=theirs if self._is_foreign(step) else ours,
                subject=name,
                roles=tuple(person.roles),
                scope=" ".join(person.scopes) if person.scopes is not None else usual,
            )
        )


def _in_words(name: str, verb: BaseModel) -> str:
    """A verb with the one argument that says most: `step analyse`, `quote price_difference`."""
    for key in ("id", "case_type", "remedy", "clock", "kind", "pack", "path"):
        if argument := getattr(verb, key, None):
            return f"{name} {argument}"
    return name
