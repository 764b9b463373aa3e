"""Parties that intake records on a case → how they are reached."""

from services.notify.cases.rules import Party
from services.notify.cases.use_cases.record_party import RecordParty, record_party
from shared.contracts.envelope import Envelope
from shared.contracts.intake import PartyRecordedV1
from shared.platform.db.transaction import Transaction


async def on_party_recorded(tx: Transaction, event: Envelope[PartyRecordedV1]) -> None:
    """Store how a person or organisation on a case is reached."""
    data = event.data
    party = Party(role=data.role, name=data.name, email=data.email, phone=data.phone, locale=data.locale)
    await record_party(tx, RecordParty(org=event.org, case_id=data.case_id, party=party, at=event.occurred_at))
