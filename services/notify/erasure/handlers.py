"""A purge of intake → what is forgotten here."""

from services.notify.erasure.use_cases.erase_case import EraseCase, erase_case
from services.notify.planning.handlers import on_case_events
from shared.contracts.envelope import Envelope
from shared.contracts.intake import CasePurgedV1
from shared.platform.db.transaction import Transaction


async def on_case_purged(tx: Transaction, event: Envelope[CasePurgedV1]) -> None:
    """Erase people and words, then plan the messages of rules that speak on a purge."""
    await erase_case(tx, EraseCase(org=event.org, case_id=event.data.case_id))
    await on_case_events(tx, [event])
