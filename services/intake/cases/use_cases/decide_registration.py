"""A new case is decided: looks at other cases are taken, then the rules of the pack, then what only one may have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.intake.cases.rules.case import looker_of
from services.intake.cases.rules.registration import (
    PolicyPin,
    Registration,
    RegistrationRequest,
    admitted_type,
    classified_facts,
    register,
    stated_facts,
)
from services.intake.entries.rules.values import Values
from services.intake.looks.rules import Answers, Looker, recorded, seen_as
from services.intake.looks.use_cases.look import LookAtOthers, look
from services.intake.looks.use_cases.require_unique import RequireUnique, require_unique
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.looks import Look
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRegistration:
    """What is to be registered under which policy; `today` is the day on which its number is counted."""

    request: RegistrationRequest
    policy: Policy
    ids: tuple[OrgId, CaseId]
    today: date

    @property
    def looks(self) -> tuple[Look, ...]:
        """The looks that its rules read."""
        return self.policy.intake.looks_of_registrations.get(self.request.case_type, ())

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the pack's days."""
        return ZoneInfo(self.policy.pack.zone)


async def decide_registration(tx: Transaction, cmd: DecideRegistration, *, actor: Actor, now: datetime) -> Registration:
    """The case, whose number is not counted yet. Raises the refusals of the pack; nothing is changed then."""
    section, policy = cmd.policy.intake, cmd.policy
    answers = Answers(at=now)
    request = cmd.request
    if cmd.looks:
        admitted_type(request, section, actor)
        request, answers = await _looked(tx, cmd, actor=actor, now=now)
    pin = PolicyPin(pack=policy.name, version=policy.version, today=cmd.today)
    registration = register(request, section, pin=pin, ids=cmd.ids, actor=actor, now=now)
    case = registration.case
    if unique := section.unique_of(case.case_type):
        asked = RequireUnique(unique=unique, looker=looker_of(case), received_at=case.received_at, zone=cmd.zone)
        await require_unique(tx, asked)
    return replace(registration, case=replace(case, looks=recorded(answers) or None))


async def _looked(
    tx: Transaction, cmd: DecideRegistration, *, actor: Actor, now: datetime
) -> tuple[RegistrationRequest, Answers]:
    """The request with what its looks answer by the facts as stated and, where it differs, as classified."""
    stated = _looker(cmd, stated_facts(cmd.request, cmd.policy.intake))
    first = await _taken(tx, cmd, stated, cmd.looks, now=now)
    request = replace(cmd.request, looks=seen_as(first))
    classified = _looker(cmd, classified_facts(request, cmd.policy.intake, actor=actor, now=now))
    changed = [each for each in cmd.looks if stated.values(each) != classified.values(each)]
    if not changed:
        return request, first
    second = await _taken(tx, cmd, classified, changed, now=now)
    answers = Answers(at=now, of={**first.of, **second.of})
    return replace(request, looks_classified=seen_as(answers)), answers


async def _taken(
    tx: Transaction, cmd: DecideRegistration, looker: Looker, looks: Sequence[Look], *, now: datetime
) -> Answers:
    asked = LookAtOthers(looks=looks, looker=looker, at=cmd.request.received_at, zone=cmd.zone)
    return await look(tx, asked, now=now)


def _looker(cmd: DecideRegistration, facts: Values) -> Looker:
    """The case as far as it is known before it is decided."""
    request = cmd.request
    return Looker(
        org=cmd.ids[0],
        case_id=cmd.ids[1],
        pack=cmd.policy.name,
        case_type=request.case_type,
        customer_ref=request.customer_ref,
        order_ref=request.order_ref,
        owner=request.owner,
        facts=facts,
    )
