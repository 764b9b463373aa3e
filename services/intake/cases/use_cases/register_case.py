"""Registers a case: pinned to the policy in force at receipt, numbered, classified, with an owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.cases.announce import announced
from services.intake.cases.rules.case import Case, trusted_receipt
from services.intake.cases.rules.errors import PartyRoleUnknown
from services.intake.cases.rules.party import NewContact, Party
from services.intake.cases.rules.registration import CaseRegistered, RegistrationRequest, first_responder_of
from services.intake.cases.store.counters import next_number
from services.intake.cases.store.registrations import insert_case
from services.intake.cases.use_cases.decide_registration import DecideRegistration, decide_registration
from services.intake.cases.use_cases.issue_link import issue_at_opening
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import Policy, effective
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCase:
    """What was stated. `contact_id` names a contact on record; without one the case brings its own."""

    org: OrgId
    case_type: str
    channel: str
    customer_ref: str
    order_ref: str | None
    description: str | None
    facts: Mapping[str, object]
    received_at: datetime | None
    parties: Sequence[Party]
    pack: str | None = None
    contact_id: str | None = None
    first_responder: str | None = None


async def register_case(tx: Transaction, cmd: RegisterCase, *, actor: Actor, now: datetime) -> tuple[Case, Policy]:
    """Register. Raises the refusals of the pack and of the trust window."""
    org = cmd.org
    policy = await effective(tx, org=org, pack=cmd.pack, at=min(cmd.received_at or now, now))
    _require_known_roles(cmd.parties, policy)
    received_at = trusted_receipt(cmd.received_at, now=now, trust=policy.intake.trust)
    request = RegistrationRequest(
        case_type=cmd.case_type,
        channel=cmd.channel,
        customer_ref=cmd.customer_ref,
        order_ref=cmd.order_ref,
        description=cmd.description,
        facts=cmd.facts,
        received_at=received_at,
        first_responder=cmd.first_responder or first_responder_of(policy.intake, cmd.case_type, actor=actor),
        contact_id=cmd.contact_id or new_id(),
    )
    today = now.astimezone(ZoneInfo(policy.pack.zone)).date()
    decided = DecideRegistration(request=request, policy=policy, ids=(org, CaseId(new_id())), today=today)
    registration = await decide_registration(tx, decided, actor=actor, now=now)
    contact = None if cmd.contact_id else NewContact(kind=cmd.case_type, caller=_caller(cmd.parties))
    case = replace(registration.case, number=await next_number(tx, registration.series, org=org))
    await insert_case(tx, case, parties=cmd.parties, contact=contact)
    await issue_at_opening(tx, case, policy, actor=actor, now=now)
    await append(tx, announced(CaseRegistered(case=case, parties=cmd.parties, section=policy.intake, actor=actor)))
    return case, policy


def _require_known_roles(parties: Sequence[Party], policy: Policy) -> None:
    known = {role.id for role in policy.pack.roles} | {"customer"}
    unknown = sorted({party.role for party in parties} - known)
    if unknown:
        raise PartyRoleUnknown(fields={"allowed": sorted(known)})


def _caller(parties: Sequence[Party]) -> dict[str, Any]:
    """Who got in touch: the first party, which is the customer."""
    return {"name": parties[0].name, "email": parties[0].email, "phone": parties[0].phone} if parties else {}
