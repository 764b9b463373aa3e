"""A filed piece of evidence as its published contract."""

from services.intake.cases.announce import outgoing
from services.intake.cases.rules.case import Case
from services.intake.evidence.rules import Evidence
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import EvidenceAddedV1
from shared.kernel.actor import Actor
from shared.platform.outbox.append import Outgoing


def announced(change: Evidence, *, case: Case, actor: Actor) -> list[Outgoing]:
    """One event for one file."""
    data = EvidenceAddedV1(
        case_id=case.case_id,
        number=case.number,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        evidence_id=change.evidence_id,
        kind=change.kind,
        media_type=change.media_type,
        size=change.size,
        sha256=change.sha256,
        actor=ActorV1.of(actor),
    )
    return [outgoing(case, data, aggregate=("evidence", change.evidence_id, 1), at=change.added_at)]
