"""What settlement listens to: cases from intake, and from sla only who acted."""

from typing import Any, Final

from services.settlement.use_cases.follow_case import advance_case, note_actor, register_case
from shared.contracts.envelope import Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, EvidenceAddedV1
from shared.contracts.sla import ClockExcusedV1, ClockExtendedV1, ExtensionRejectedV1, ExtensionRequestedV1
from shared.platform.db.transaction import Transaction
from shared.platform.worker import Handlers


async def on_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """A case exists."""
    await register_case(tx, event.data, org=event.org, at=event.occurred_at)


async def on_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """A step was taken."""
    await advance_case(tx, event.data, org=event.org, at=event.occurred_at)


async def on_actor(tx: Transaction, event: Envelope[Any]) -> None:
    """Somebody touched the case: evidence, an extension asked for or decided, an excuse."""
    data = event.data
    await note_actor(tx, data.case_id, data.actor.subject, org=event.org, at=event.occurred_at)


HANDLERS: Final[Handlers] = {
    CaseRegisteredV1: on_registered,
    CaseAdvancedV1: on_advanced,
    EvidenceAddedV1: on_actor,
    ExtensionRequestedV1: on_actor,
    ExtensionRejectedV1: on_actor,
    ClockExtendedV1: on_actor,
    ClockExcusedV1: on_actor,
}
