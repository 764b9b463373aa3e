"""Events of the other services → what notify knows of a case, and the messages they cause.

An event of a case that is not here yet (topics overtake one another) is `Unavailable` and tried again.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.notify.db.cases import open_case, save_case, standing
from services.notify.domain.case import Case, Happening, Party, advanced
from services.notify.use_cases.erase_case import erase_case
from services.notify.use_cases.record_party import record_party
from services.notify.use_cases.tell import tell
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CasePurgedV1, CaseRegisteredV1, PartyRecordedV1
from shared.packs.notify.texts import PUBLISHED
from shared.platform.db.transaction import Transaction
from shared.platform.worker import Handler


async def on_party_recorded(tx: Transaction, event: Envelope[PartyRecordedV1]) -> None:
    """Remember how somebody is reached."""
    data = event.data
    party = Party(role=data.role, name=data.name, email=data.email, phone=data.phone, locale=data.locale)
    await record_party(tx, party, org=event.org, case_id=data.case_id, at=event.occurred_at)


async def on_case_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """Keep the case, then tell."""
    data = event.data
    case = Case(
        case_id=data.case_id,
        number=data.number,
        case_type=data.case_type,
        channel=data.channel,
        status=data.status,
        previous_status=data.status,
        owner=data.owner,
        first_responder=data.first_responder,
        customer_ref=data.customer_ref,
        received_at=data.received_at,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones=(data.milestone(),),
    )
    await open_case(tx, event.org, case)
    found = await standing(tx, event.org, data.case_id)
    await tell(tx, _happening(event), org=event.org, standing=found)


async def on_case_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """Follow the case, then tell."""
    data = event.data
    found = await standing(tx, event.org, data.case_id, for_update=True)
    case = advanced(
        found.case, status=data.status, owner=data.owner, facts=data.facts, milestones=tuple(data.milestones)
    )
    await save_case(tx, event.org, case)
    await tell(tx, _happening(event, names=tuple(data.milestones)), org=event.org, standing=found.with_case(case))


async def on_case_purged(tx: Transaction, event: Envelope[CasePurgedV1]) -> None:
    """Forget people and words, then tell whoever is told of it."""
    await erase_case(tx, org=event.org, case_id=event.data.case_id)
    await on_anything_else(tx, event)


async def on_anything_else(tx: Transaction, event: Envelope[Any]) -> None:
    """Tell."""
    found = await standing(tx, event.org, event.data.case_id)
    await tell(tx, _happening(event), org=event.org, standing=found)


def _happening(event: Envelope[Any], *, names: tuple[str, ...] = ()) -> Happening:
    contract: Contract = event.data
    return Happening(
        event_id=event.id,
        names=names or (contract.milestone(),),
        occurred_at=event.occurred_at,
        data=contract.model_dump(mode="json"),
    )


HANDLERS: Final[Mapping[type[Contract], Handler]] = {
    **dict.fromkeys(PUBLISHED, on_anything_else),
    CasePurgedV1: on_case_purged,
    PartyRecordedV1: on_party_recorded,
    CaseRegisteredV1: on_case_registered,
    CaseAdvancedV1: on_case_advanced,
}
