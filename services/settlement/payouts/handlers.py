"""What settlement forgets of a purged case: the customer, the order and the payee; what was paid and booked stays."""

from typing import Final

from services.settlement.cases.store import forget_customer
from services.settlement.payouts.store.payouts import forget_payee
from shared.contracts.envelope import Envelope
from shared.contracts.intake import CasePurgedV1
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import forget_links
from shared.platform.worker import Handlers


async def on_purged(tx: Transaction, event: Envelope[CasePurgedV1]) -> None:
    """Erase whom the case was about, here and in the payments of the case that have ended."""
    await forget_customer(tx, org=event.org, case_id=event.data.case_id)
    await forget_links(tx, org=event.org, case_id=event.data.case_id)
    await forget_payee(tx, org=event.org, case_id=event.data.case_id)


HANDLERS: Final[Handlers] = {CasePurgedV1: on_purged}
