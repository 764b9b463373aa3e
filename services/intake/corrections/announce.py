"""A correction as published contracts: how the customer is reached, and by what the systems know the case."""

from services.intake.cases.announce import outgoing
from services.intake.cases.rules.history import TimelineEntry
from services.intake.corrections.rules import Corrected
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import CaseCorrectedV1, PartyRecordedV1
from shared.platform.outbox.append import Outgoing


def announced(corrected: Corrected, entry: TimelineEntry) -> list[Outgoing]:
    """The party first, so that messages about the correction go to the corrected address."""
    case, customer = corrected.case, corrected.customer
    events = []
    if customer is not None and corrected.party_changed:
        party = PartyRecordedV1(
            case_id=case.case_id,
            role=customer.role,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            locale=customer.locale,
        )
        events.append(outgoing(case, party, at=entry.at, aggregate=("party", customer.party_id, case.version)))
    correction = CaseCorrectedV1(
        case_id=case.case_id,
        number=case.number,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        case_type=case.case_type,
        fields=[change.name for change in corrected.changes],
        actor=ActorV1.of(entry.actor),
        at=entry.at,
    )
    return [*events, outgoing(case, correction, at=entry.at)]
