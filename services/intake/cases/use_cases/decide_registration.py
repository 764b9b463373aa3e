"""A new case is decided: other records are read, then the rules of the pack follow, then what only one may have."""

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
    seen_by_keys,
    stated_facts,
)
from services.intake.consulted.rules import Consulted, joined, kept, nothing, seen_as
from services.intake.consulted.use_cases.consult import Consult, consult
from services.intake.entries.rules.values import Values
from services.intake.looks.rules import Looker, recorded
from services.intake.looks.use_cases.require_unique import RequireUnique, require_unique
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.reads import NOTHING
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
    def zone(self) -> ZoneInfo:
        """The zone of the pack's days."""
        return ZoneInfo(self.policy.pack.zone)

    def reads(self, facts: Values, *, actor: Actor, now: datetime) -> Consult:
        """What its rules read of other records while these are its facts."""
        section, case_type = self.policy.intake, self.request.case_type
        return Consult(
            reads=section.reads_of_registrations.get(case_type, NOTHING),
            looker=_looker(self, facts),
            seen=seen_by_keys(self.request, section, facts, actor=actor, now=now),
            at=self.request.received_at,
            zone=self.zone,
        )


async def decide_registration(tx: Transaction, cmd: DecideRegistration, *, actor: Actor, now: datetime) -> Registration:
    """The case, whose number is not counted yet. Raises the refusals of the pack; nothing is changed then."""
    section, policy = cmd.policy.intake, cmd.policy
    request, consulted = await _consulted(tx, cmd, actor=actor, now=now)
    pin = PolicyPin(pack=policy.name, version=policy.version, today=cmd.today)
    registration = register(request, section, pin=pin, ids=cmd.ids, actor=actor, now=now)
    case = registration.case
    if unique := section.unique_of(case.case_type):
        asked = RequireUnique(unique=unique, looker=looker_of(case), received_at=case.received_at, zone=cmd.zone)
        await require_unique(tx, asked)
    with_read = replace(case, looks=recorded(consulted.looks) or None, consulted=kept(consulted) or None)
    return replace(registration, case=with_read)


async def _consulted(
    tx: Transaction, cmd: DecideRegistration, *, actor: Actor, now: datetime
) -> tuple[RegistrationRequest, Consulted]:
    """The request with what is read by the facts as stated and, where it differs, as classified."""
    section = cmd.policy.intake
    stated = cmd.reads(stated_facts(cmd.request, section), actor=actor, now=now)
    if stated.reads.is_empty:
        return cmd.request, nothing(now)
    admitted_type(cmd.request, section, actor)
    first = await consult(tx, stated, now=now)
    request = replace(cmd.request, consulted=seen_as(first))
    classified = cmd.reads(classified_facts(request, section, actor=actor, now=now), actor=actor, now=now)
    changed = classified.changed_since(stated)
    if changed.reads.is_empty:
        return request, first
    both = joined(first, await consult(tx, changed, now=now))
    return replace(request, consulted_classified=seen_as(both)), both


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
