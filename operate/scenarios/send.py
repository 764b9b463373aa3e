"""Sends the requests of a step: once, again under the same key, many in a row, or several side by side."""

import asyncio
from dataclasses import dataclass, field

from operate.scenarios.check_references import case_named
from operate.scenarios.fill import filled_model
from operate.scenarios.format import Request, Step
from operate.scenarios.load import LoadedScenario
from operate.scenarios.refused import Refused
from operate.scenarios.session import NOT_CAUGHT_UP, Answer, Session, TokenRequest, caught_up
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import Created, VerbCall
from shared.kernel.actor import CUSTOMER_ROLE


@dataclass(slots=True, kw_only=True)
class Sent:
    """A request with its answers: those that expectations are compared with, and all of them."""

    request: Request
    case: str
    refused: Refused | None
    compared: list[Answer] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    repeated: list[Answer] = field(default_factory=list)


class Sender:
    """Sends for the people of a scenario."""

    def __init__(self, session: Session, loaded: LoadedScenario, created: Created) -> None:
        self._session = session
        self._loaded = loaded
        self._created = created

    async def send(self, step: Step, number: int) -> list[Sent]:
        """Send the step's requests; what accepted ones created is known afterwards."""
        key = f"step-{number}"
        if isinstance(step.at_once, list):
            return await self._listed(step, step.at_once, key)
        sent = self._sent(step, step)
        verb = self._filled(step, sent.case)
        if step.at_once is not None:
            keys = [step.key or f"{key}-{another}" for another in range(1, step.at_once + 1)]
            sent.answers = await asyncio.gather(*(self._perform(step, sent.case, verb, key) for key in keys))
            sent.compared = sent.answers
            self._remember(step, sent.case, verb, sent.answers, whole=[answer.body for answer in sent.answers])
            return [sent]
        for another in range(step.times):
            own = step.key or (f"{key}-{another}" if another else key)
            answer = await self._perform(step, sent.case, verb, own)
            sent.answers.append(answer)
            self._remember(step, sent.case, verb, [answer], whole=answer.body)
            if answer.refused:
                break
        sent.compared = sent.answers[-1:]
        for _ in range(step.repeat - 1):
            sent.repeated.append(await self._perform(step, sent.case, verb, step.key or key))
        sent.answers += sent.repeated
        return [sent]

    async def _listed(self, step: Step, requests: list[Request], key: str) -> list[Sent]:
        """Different requests side by side."""
        sent = [self._sent(request, step) for request in requests]
        verbs = [self._filled(each.request, each.case) for each in sent]
        answers = await asyncio.gather(
            *(
                self._perform(each.request, each.case, verb, each.request.key or f"{key}-{number}")
                for number, (each, verb) in enumerate(zip(sent, verbs, strict=True), start=1)
            )
        )
        for each, verb, answer in zip(sent, verbs, answers, strict=True):
            each.compared = each.answers = [answer]
            self._remember(each.request, each.case, verb, [answer], whole=answer.body)
        return sent

    def token(self, request: Request, *, verb: Verb | None = None) -> str:
        """The token of the request's person; the operator's when it needs none."""
        if request.by is None:
            return self._session.operator_token()
        person = self._loaded.scenario.people[request.by]
        customer_ref = self._customer_ref(request)
        usual = verb.SCOPES if verb else Verb.SCOPES
        organisation = self._session.foreign_organisation if self._is_foreign(request) else self._session.organisation
        return self._session.token(
            TokenRequest(
                organisation=organisation,
                subject=request.by,
                roles=() if customer_ref else tuple(person.roles),
                scope=" ".join(person.scopes) if person.scopes is not None else usual,
                customer_ref=customer_ref,
                machine=person.machine or "",
            )
        )

    def _customer_ref(self, request: Request) -> str:
        """The customer whose token the request's person has; empty for every other person."""
        person = self._loaded.scenario.people[request.by] if request.by is not None else None
        if person is None or (person.customer is None and CUSTOMER_ROLE not in person.roles):
            return ""
        return person.customer or str(self._loaded.scenario.customer["ref"])

    def _is_foreign(self, request: Request) -> bool:
        return request.by is not None and self._loaded.scenario.people[request.by].organisation == "other"

    def _sent(self, request: Request, step: Step) -> Sent:
        case = case_named(request, list(self._created.cases), of_step=step.case)
        refused = request.refused and filled_model(request.refused, self._created, case=case, place="refused")
        return Sent(request=request, case=case, refused=refused)

    def _filled(self, request: Request, case: str) -> Verb:
        verb = request.verb()
        if verb is None:
            raise AssertionError("a request has a verb")
        return filled_model(verb, self._created, case=case, place=verb.NAME)

    def _call(self, request: Request, case: str, verb: Verb, key: str) -> VerbCall:
        return VerbCall(
            session=self._session,
            created=self._created,
            token=self.token(request, verb=verb),
            is_customer=bool(self._customer_ref(request)),
            case=case,
            key=key,
            customer=dict(self._loaded.scenario.customer),
            packs={name: pack.documents for name, pack in self._loaded.published.items()},
        )

    async def _perform(self, request: Request, case: str, verb: Verb, key: str) -> Answer:
        call = self._call(request, case, verb, key)
        if request.refused is not None and request.refused.code == NOT_CAUGHT_UP:
            return await verb.perform(call)
        return await caught_up(lambda: verb.perform(call))

    def _remember(self, request: Request, case: str, verb: Verb, answers: list[Answer], *, whole: object) -> None:
        """What the accepted answers created, and the answer under the name that the file gives it."""
        for answer in answers:
            if not answer.refused:
                verb.record(self._call(request, case, verb, ""), answer)
                if verb.NAME == "register" and self._is_foreign(request):
                    self._created.foreign_cases.add(self._created.cases[case])
        if request.keep:
            self._created.answers[request.keep] = whole
