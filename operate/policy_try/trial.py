"""A trial: an organisation of its own on the running stack, where steps are taken one after another by the real rules.

What was done is kept as the steps of a scenario, so that it can be taken back, played again and saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from pydantic import ValidationError
from rich.console import Console

from operate.policy_try.cast import CUSTOMER, people_of, usual_person
from operate.policy_try.line import LONGEST_WAIT, LineWrong
from operate.scenarios import quiescence
from operate.scenarios.check_references import case_named
from operate.scenarios.difference import refusal_text
from operate.scenarios.format import STEP, Scenario, Step
from operate.scenarios.load import LoadedScenario
from operate.scenarios.located import Located, plain_message
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.outcome import StepResult
from operate.scenarios.pack_names import known_names, unknown
from operate.scenarios.session import OPERATOR_SCOPES, Session, Stack, TokenRequest
from operate.scenarios.step_runner import StepRunner
from operate.scenarios.timeline import Timeline
from shared.kernel.actor import CUSTOMER_ROLE
from shared.kernel.ids import new_id
from shared.packs.documents import Sections
from shared.packs.language.yaml_reader import Node
from shared.packs.publishing.load import LoadedPack

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken: as it would stand in a scenario, how it went, and how its case stands after it."""

    step: dict[str, Any]
    result: StepResult
    case_id: str | None
    standing: "Standing | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a scenario can expect of a case: its status, its clocks, the amounts of its remedies."""

    status: str
    clocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    amounts: Mapping[str, str] = field(default_factory=dict)


class Trial:
    """The steps so far, and the organisation in which they were taken."""

    def __init__(self, pack: LoadedPack, stack: Stack, http: httpx2.AsyncClient, *, start: str | None) -> None:
        self.pack = pack
        self.sections: Sections = pack.valid()
        self.zone = ZoneInfo(self.sections.pack.zone)
        self.start = start or _usual_start(self.sections.pack.effective_from)
        self.people = people_of(self.sections)
        self.taken: list[Taken] = []
        self._stack = stack
        self._http = http
        self._names = known_names([self.sections])
        self._number = 0
        self.session: Session
        self.runner: StepRunner

    @property
    def now(self) -> datetime:
        """The organisation's instant, in the pack's zone."""
        return self.runner.now.astimezone(self.zone)

    async def begin(self) -> None:
        """Make the organisation and publish the pack for it. Raises OperatorError."""
        head = self.sections.pack
        self.session = Session(self._stack, self._http, organisation="", zone=self.zone, currency=head.currency)
        start = self.session.instant(self.start)
        self.session.organisation = await create_organisation(self.session, f"trial of {head.id} {new_id()}", start)
        await publish(self.session, self.pack.documents, effective_from=None)
        due = await quiescence.settle(self.session)
        self.taken = []
        self.runner = StepRunner(self.session, self._scenario(), now=start, due=due, is_watched=True)

    async def take(self, step: dict[str, Any], watch: Timeline | None) -> Taken:
        """Take one step and print what follows. Raises OperatorError when nothing could be sent."""
        whole = await self._with_person(step)
        read = self._read(whole)
        self._number += 1
        result, case_id = await self.runner.carry_out(read, self._number, line=0)
        if watch is not None:
            await watch(self.session, result, case_id)
        standing = await self._standing(case_id) if case_id else None
        taken = Taken(step=whole, result=result, case_id=case_id, standing=standing)
        self.taken.append(taken)
        return taken

    async def take_back(self, watch: Timeline) -> Taken:
        """Play everything again except the last step, in a new organisation; `watch` learns it. Raises LineWrong."""
        if not self.taken:
            raise LineWrong("nothing was done so far")
        *kept, last = self.taken
        await self.begin()
        for each in kept:
            taken = await self.take(each.step, None)
            if taken.case_id is not None:
                await watch.learn(self.session, taken.case_id)
        return last

    def case_id(self, name: str | None = None) -> str:
        """The id of a case by its name, or of the one registered last. Raises LineWrong."""
        created = self.runner.created
        case_id = created.case_id(name or case_named(STEP.model_validate({"at": self.start}), list(created.cases)))
        if case_id is None:
            raise LineWrong(f"there is no case `{name}`" if name else "there is no case: register one first")
        return case_id

    async def page(self, case_id: str) -> Page:
        """The case page, as the operator sees it."""
        page: Page = await self.session.operate("intake", "GET", f"/v1/cases/{case_id}")
        return page

    async def page_of_staff(self, case_id: str) -> Page:
        """The case page as a person with every role of the pack sees it: what any of them may do next."""
        roles = tuple(role.id for role in self.sections.pack.roles if role.id != CUSTOMER_ROLE)
        request = TokenRequest(
            organisation=self.session.organisation, subject="trial", roles=roles, scope=OPERATOR_SCOPES
        )
        token = self.session.token(request)
        answer = await self.session.call("intake", "GET", f"/v1/cases/{case_id}", token=token)
        if answer.refused:
            raise LineWrong(refusal_text(answer))
        page: Page = answer.body
        return page

    def has_case(self) -> bool:
        """Whether a case was registered."""
        return bool(self.runner.created.cases)

    def case_ids(self) -> list[str]:
        """The cases that the steps were about, each once."""
        return list(dict.fromkeys(each.case_id for each in self.taken if each.case_id))

    def next_due(self) -> datetime:
        """The next instant at which something is due, to the second above it, in the pack's zone. Raises LineWrong."""
        due = self.runner.due
        if due is None:
            raise LineWrong("nothing is due")
        above = timedelta(seconds=1) if due.microsecond else timedelta()
        return (max(due, self.runner.now) + above).replace(microsecond=0).astimezone(self.zone)

    async def go_to(self, instant: str, case: Mapping[str, str], watch: Timeline) -> Taken:
        """Move the organisation's clock, which never goes back. Raises LineWrong."""
        step = {"at": instant, **case}
        to = self.session.instant(self._read(step).at or self.start)
        if to < self.runner.now:
            raise LineWrong(f"it is {self.session.local(self.runner.now)} already: time only goes forward")
        if to - self.runner.now > LONGEST_WAIT:
            raise LineWrong("ten years at most")
        return await self.take(step, watch)

    async def cites(self, case_id: str) -> list[str]:
        """The citations of what happened to a case."""
        timeline = Timeline(Console(), locale="en")
        return [entry.cite async for entry in timeline.entries(self.session, case_id) if entry.cite]

    async def _with_person(self, step: dict[str, Any]) -> dict[str, Any]:
        """The step with who takes it."""
        verb = next((key for key in step if key not in Step.OWN_KEYS), None)
        if verb is None or "by" in step:
            return step
        about = str(next(iter(step[verb].values()), ""))
        created = self.runner.created
        name = step.get("case")
        case_id = created.case_id(name) if name else next(reversed(created.cases.values()), None)
        page = await self.page(case_id) if case_id and verb != "register" else None
        return {"by": usual_person(self.sections, verb, about, page), **step}

    def _read(self, step: Mapping[str, Any]) -> Step:
        """The step as the scenario runner takes it. Raises LineWrong with everything that is wrong."""
        try:
            read: Step = STEP.model_validate(step)
        except ValidationError as error:
            places = [(".".join(map(str, each["loc"])), plain_message(each)) for each in error.errors()]
            raise LineWrong("; ".join(f"{place}: {fault}" for place, fault in places)) from None
        if read.by is not None and read.by not in self.people:
            raise LineWrong(
                f"there is no `{read.by}`: {', '.join(name for name in self.people if name[-1:].isalpha())}"
            )
        verb = read.verb()
        faults = [message for _, message in unknown(verb.pack_names(), self._names)] if verb else []
        if faults:
            raise LineWrong("; ".join(faults))
        if verb is not None and verb.needs_case():
            self.case_id(read.case)
        return read

    def _scenario(self) -> LoadedScenario:
        """A scenario of this pack without steps of its own."""
        scenario = Scenario.model_construct(
            scenario="trial",
            rules=["trial"],
            pack=str(self.pack.folder),
            start=self.start,
            people=self.people,
            customer=dict(CUSTOMER),
            steps=[],
        )
        located = Located(file=Path("trial"), root=Node(file="trial", line=0, value={}))
        return LoadedScenario(scenario=scenario, located=located, zone=self.zone, pack=self.pack, published={})

    async def _standing(self, case_id: str) -> Standing:
        page = await self.page(case_id)
        clocks = await self.session.items("sla", f"/v1/cases/{case_id}/clocks")
        return Standing(
            status=page["status"],
            clocks={
                clock["clock"]: {"state": clock["state"], "due_at": self.session.local(clock["due_at"])}
                for clock in clocks
            },
            amounts={
                remedy["remedy"]: remedy["amount"]["text"] for remedy in page["remedies"] if remedy["mode"] == "money"
            },
        )


def _usual_start(first: date) -> str:
    """The first Monday on which the pack holds, at nine."""
    monday = first + timedelta(days=-first.weekday() % 7)
    return datetime.combine(monday, time(9)).strftime("%Y-%m-%dT%H:%M")
