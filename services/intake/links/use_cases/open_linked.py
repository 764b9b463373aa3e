"""The cases that a step opens are registered in the step's own transaction and announced.

A refusal of one of them (its type's gates, a missing fact) refuses the step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.intake.cases.announce import announced
from services.intake.cases.rules.case import Case
from services.intake.cases.rules.numbering import series
from services.intake.cases.rules.party import Party
from services.intake.cases.rules.registration import CaseRegistered, OpenedBy, RegistrationRequest
from services.intake.cases.store.counters import next_number
from services.intake.cases.store.registrations import insert_case, known_customers, shared_parties
from services.intake.cases.use_cases.decide_registration import DecideRegistration, decide_registration
from services.intake.cases.use_cases.issue_link import issue_at_opening
from services.intake.links.rules import Linked, LinkedOwnerUnknown, Opening, other_end, seen_as
from services.intake.links.store import insert_link
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, new_id
from shared.packs.intake.model.links import INTERNAL
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLinked:
    """What a step of `parent` opens. `elsewhere` are the parent's milestones from other services."""

    parent: Case
    elsewhere: tuple[str, ...]
    openings: tuple[Opening, ...]
    at: datetime


async def open_linked(
    tx: Transaction, cmd: OpenLinked, policy: Policy, *, actor: Actor, now: datetime
) -> tuple[Linked, ...]:
    """Open them all. Raises LinkedOwnerUnknown and what refuses a registration."""
    if not cmd.openings:
        return ()
    today = now.astimezone(ZoneInfo(policy.pack.zone)).date()
    wanted = [_decision(cmd, opening, policy, actor=actor, today=today) for opening in cmd.openings]
    parties = await _parties(tx, cmd)
    opened: dict[str, Linked] = {}
    for opening, decision in sorted(zip(cmd.openings, wanted, strict=True), key=_counter):
        registration = await decide_registration(tx, decision, actor=actor, now=now)
        number = await next_number(tx, registration.series, org=cmd.parent.org)
        case = replace(registration.case, number=number)
        own = [replace(party, party_id=new_id()) for party in parties[case.customer_ref]]
        await insert_case(tx, case, parties=own, contact=None)
        await insert_link(tx, parent=cmd.parent, child=case, relation=opening.relation)
        await issue_at_opening(tx, case, policy, actor=actor, now=now)
        change = CaseRegistered(
            case=case,
            parties=own,
            section=policy.intake,
            actor=actor,
            opened_by=OpenedBy(case_id=cmd.parent.case_id, number=cmd.parent.number, relation=opening.relation),
        )
        await append(tx, announced(change))
        opened[case.case_id] = other_end(case, relation=opening.relation)
    return tuple(opened[decision.ids[1]] for decision in wanted)


async def _parties(tx: Transaction, cmd: OpenLinked) -> Mapping[str, Sequence[Party]]:
    """Those of the linked cases, by their customers: of the parent's all of its parties, of others what is known."""
    org, own = cmd.parent.org, cmd.parent.customer_ref
    others = {opening.customer_ref for opening in cmd.openings} - {None, own}
    known = await known_customers(tx, sorted(ref for ref in others if ref is not None), org=org)
    return {own: await shared_parties(tx, org=org, case_id=cmd.parent.case_id), **known}


def _counter(one: tuple[Opening, DecideRegistration]) -> str:
    """Cases of one step are decided one after another, each seeing those before it, in the order of their counters.

    So counters of one step are locked in one order. Further steps of the transaction may still lock others in another
    order: PostgreSQL then ends one of the two transactions (40P01) and the request is answered 503, to be repeated.
    """
    opening, decision = one
    case_type = decision.policy.intake.case_types_by_id[opening.case_type]
    return series(case_type.number, on=decision.today).key


def _decision(cmd: OpenLinked, opening: Opening, policy: Policy, *, actor: Actor, today: date) -> DecideRegistration:
    roles, parent = {role.id for role in policy.pack.roles}, cmd.parent
    if opening.owner is not None and opening.owner not in roles:
        raise LinkedOwnerUnknown(cite=opening.cite, fields={"allowed": sorted(roles)})
    customer = opening.customer_ref or parent.customer_ref
    request = RegistrationRequest(
        case_type=opening.case_type,
        channel=INTERNAL,
        customer_ref=customer,
        order_ref=parent.order_ref if customer == parent.customer_ref else None,
        description=opening.description,
        facts={name: value for name, value in opening.facts.items() if value is not None},
        received_at=cmd.at,
        first_responder=actor.subject if actor.is_person and not actor.is_customer else parent.first_responder,
        contact_id=None,
        parent=seen_as(other_end(parent, relation=opening.relation, elsewhere=cmd.elsewhere), policy.intake),
        owner=opening.owner,
    )
    return DecideRegistration(request=request, policy=policy, ids=(parent.org, CaseId(new_id())), today=today)
