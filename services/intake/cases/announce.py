"""A registered case as published contracts; and what every event about a case has in common."""

from datetime import datetime

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.party import Party
from services.intake.cases.rules.registration import CaseRegistered
from services.intake.entries.rules.values import Value
from shared.contracts.envelope import ActorV1, Contract
from shared.contracts.intake import CaseRegisteredV1, ParentRefV1, PartyRecordedV1, PolicyRefV1
from shared.packs.intake.model.section import IntakeSection
from shared.platform.outbox.append import Outgoing


def announced(change: CaseRegistered) -> list[Outgoing]:
    """The parties first, so that the recipients of a message are known when the case is announced."""
    case = change.case
    parties = [
        outgoing(case, _party(case, party), aggregate=("party", party.party_id, 1), at=case.registered_at)
        for party in change.parties
    ]
    return [*parties, outgoing(case, _registered(change), at=case.registered_at)]


def outgoing(case: Case, data: Contract, *, at: datetime, aggregate: tuple[str, str, int] | None = None) -> Outgoing:
    """An event with the case as its ordering key. `aggregate` is kind, id and version of what it is about."""
    kind, aggregate_id, version = aggregate or ("case", case.case_id, case.version)
    return Outgoing(
        org=case.org,
        key=case.case_id,
        aggregate=kind,
        aggregate_id=aggregate_id,
        version=version,
        occurred_at=at,
        data=data,
    )


def shared_facts(case: Case, section: IntakeSection) -> dict[str, Value]:
    """The facts that may leave the service."""
    return {name: value for name, value in case.facts.items() if section.facts_by_id[name].shared}


def _party(case: Case, party: Party) -> PartyRecordedV1:
    return PartyRecordedV1(
        case_id=case.case_id,
        role=party.role,
        name=party.name,
        email=party.email,
        phone=party.phone,
        locale=party.locale,
    )


def _registered(change: CaseRegistered) -> CaseRegisteredV1:
    case, parent = change.case, change.opened_by
    return CaseRegisteredV1(
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        channel=case.channel,
        status=case.status,
        policy=PolicyRefV1(pack=case.pack, version=case.policy_version),
        received_at=case.received_at,
        first_responder=case.first_responder,
        owner=case.owner,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        facts=shared_facts(case, change.section),
        actor=ActorV1.of(change.actor),
        parent=ParentRefV1(case_id=parent.case_id, number=parent.number, relation=parent.relation) if parent else None,
    )
