"""Takes the steps of a scenario: go to the instant, send the requests, compare.

It waits for quiescence before the clock is moved, before it looks at the state, and after what goes on by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from operate.errors import OperatorError
from operate.scenarios import quiescence, unchanged
from operate.scenarios.by_itself import ByItself
from operate.scenarios.check_references import case_named
from operate.scenarios.compare import repetition
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import View
from operate.scenarios.fill import filled_model
from operate.scenarios.format import Request, Step
from operate.scenarios.load import LoadedScenario
from operate.scenarios.outcome import StepResult
from operate.scenarios.refused import refusal, unexpected_refusal
from operate.scenarios.registry import EXPECTATIONS
from operate.scenarios.send import Sender, Sent
from operate.scenarios.session import Session
from operate.scenarios.verb import Kind, Verb
from operate.scenarios.verb_call import Created
from shared.packs.publishing.cited_rules import rule_ids

_ELEMENTS: Final[Mapping[Kind, str]] = {
    "case_type": "intake.case_types",
    "step": "intake.steps",
    "evidence": "intake.evidence",
    "document": "intake.documents",
    "remedy": "settlement.remedies",
    "clock": "sla.clocks",
    "indicator": "sla.indicators",
}


class StepRunner:
    """The state of a run: the organisation's clock, what is due next, what earlier steps created."""

    def __init__(
        self, session: Session, loaded: LoadedScenario, *, now: datetime, due: datetime | None, is_watched: bool
    ) -> None:
        self.created = Created(answers={"organisation_id": session.organisation})
        self._session = session
        self._loaded = loaded
        self._sender = Sender(session, loaded, self.created)
        self._by_itself = ByItself(pack.documents for pack in (loaded.pack, *loaded.published.values()))
        self._now = now
        self._due = due
        self._is_at_rest = True
        self._is_watched = is_watched

    async def take(self, number: int) -> tuple[StepResult, str | None]:
        """Take a step; also the case of the scenario's own organisation that it was about.

        Raises OperatorError, with file, line and instant, when the scenario cannot continue.
        """
        step = self._loaded.scenario.steps[number - 1]
        line = self._loaded.located.line("steps", number - 1)
        try:
            return await self.carry_out(step, number, line=line)
        except OperatorError as error:
            place = f"{self._loaded.file}:{line}: step {number} at {self._session.local(self._now)}"
            raise OperatorError(f"{place}: {error.message}", hint=error.hint) from None

    @property
    def now(self) -> datetime:
        """The organisation's instant."""
        return self._now

    @property
    def due(self) -> datetime | None:
        """The next instant at which something is due, once what the steps caused has happened."""
        return self._due

    async def carry_out(self, step: Step, number: int, *, line: int) -> tuple[StepResult, str | None]:
        """Take a step that need not stand in the file. Raises OperatorError when it cannot be taken."""
        if step.at is not None:
            to = self._session.instant(step.at)
            await self._rest()
            self._due = await quiescence.advance(self._session, to, now=self._now, due=self._due)
            self._now = max(self._now, to)
        case = case_named(step, list(self.created.cases))
        sent, differences = await self._send(step, number) if step.requests() else ([], [])
        is_last = number == len(self._loaded.scenario.steps)
        if is_last or self._is_watched or any(EXPECTATIONS[name].about != "answer" for name in step.wanted()):
            await self._rest()
        for each in sent:
            differences += _answered(each, step)
            if each.request is not step:
                differences += await self._compared(each.request, each.case, [each])
        case_id = self.created.case_id(case)
        differences += await self._compared(step, case, sent)
        result = StepResult(
            number=number,
            line=line,
            at=self._session.local(self._now),
            by=", ".join(dict.fromkeys(request.by for request in (step, *step.requests()) if request.by)),
            title=_title(step),
            note=step.note or "",
            rules=rule_ids(step.rule or ""),
            answers=tuple(answer for each in sent for answer in each.answers),
            differences=tuple(differences),
        )
        return result, None if case_id in self.created.foreign_cases else case_id

    async def _send(self, step: Step, number: int) -> tuple[list[Sent], list[Difference]]:
        """The step's requests; and what changed although nothing may have.

        The session's positions make each request see what the ones before it did; what happens by itself is waited for.
        """
        verbs = [verb for request in step.requests() if (verb := request.verb())]
        constant = any(verb.CHANGES_NOTHING for verb in verbs)
        cases = self.created.own_cases()
        if constant or any(verb.NEEDS_REST for verb in verbs):
            await self._rest()
        before = await unchanged.everything_shown(self._session, cases) if constant else {}
        sent = await self._sender.send(step, number)
        self._is_at_rest = False
        if any(map(self._by_itself.follows, verbs)):
            await self._rest()
        if not constant:
            return sent, []
        await self._rest()
        return sent, list(unchanged.changes(before, await unchanged.everything_shown(self._session, cases)))

    async def _rest(self) -> None:
        """Wait until everything that the steps so far caused has happened."""
        if not self._is_at_rest:
            self._due = await quiescence.settle(self._session)
            self._is_at_rest = True

    async def _compared(self, request: Request, case: str, sent: list[Sent]) -> list[Difference]:
        """What differs from the expectations of a request, or of the whole step."""
        if request.expect is None:
            return []
        case_id = self.created.case_id(case)
        view = View(
            session=self._session,
            case_id=case_id,
            token=self._sender.token(request) if request.by else self._session.operator_token(),
            answers=[answer for each in sent for answer in each.compared],
            all_answers=[answer for each in sent for answer in each.answers],
            element=_element(request.verb()),
        )
        expect = filled_model(request.expect, self.created, case=case, place="expect")
        return [
            difference
            for name, wanted in expect.wanted().items()
            async for difference in EXPECTATIONS[name].compared(wanted, view)
        ]


def _answered(sent: Sent, step: Step) -> list[Difference]:
    """Whether the answers of a request were the refusal that it must meet, or none."""
    element = _element(sent.request.verb())
    differences = [line for again in sent.repeated for line in repetition(sent.answers[0], again)]
    for answer in sent.compared:
        if sent.refused is not None:
            differences += refusal(sent.refused, answer, element=element)
        elif answer.refused and "answers" not in step.wanted() and sent.request.wanted().get("http") != answer.status:
            differences.append(unexpected_refusal(answer, element=element))
    return differences


def _element(verb: Verb | None) -> str:
    """The element of the pack that a verb is about."""
    names: list[Any] = list(verb.pack_names()) if verb else []
    return f"{_ELEMENTS[names[0].kind]}[{names[0].id}]" if names else ""


def _title(step: Step) -> str:
    titles = [verb.title() for request in step.requests() if (verb := request.verb())]
    many = step.at_once if isinstance(step.at_once, int) else 0
    return " | ".join(titles) + (f" ({many} at once)" if many else "") if titles else "look"
