"""Payments that the ERP may have made after the state to which settlement's database was restored.

None of them is made again before the ERP was asked: a payout that was to be sent is in doubt, and a payment of which
only its event is left waits under its key for the next payout of its remedy.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from operate.recovery.compare import Lost
from shared.contracts.settlement import (
    RemedyFacts,
    RemedyPayoutFailedV1,
    RemedyPayoutRequestedV1,
    RemedyPayoutReversedV1,
)
from shared.platform.db.transaction import Transaction
from shared.platform.kafka.cloud_events import Undecodable, envelope_of

_ENDED: Final = frozenset({RemedyPayoutFailedV1.TYPE, RemedyPayoutReversedV1.TYPE})
_ASK_FIRST: Final = """
    UPDATE payout SET state = 'unknown', leased_until = NULL, sent_to = coalesce(sent_to, (
        SELECT url FROM erp_address WHERE erp_address.org_id = payout.org_id))
    WHERE state = 'to_send' RETURNING 1
"""
_KEEP: Final = """
    INSERT INTO lost_payment (org_id, payout_id, case_id, remedy_id, remedy)
    SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5
    WHERE NOT EXISTS (SELECT FROM payout WHERE org_id = $1::uuid AND payout_id = $2::uuid)
    ON CONFLICT DO NOTHING
"""


class LostPayment(NamedTuple):
    """A payment that was asked for, as its event says; it neither failed nor came back as far as events tell."""

    org: str
    key: str
    facts: RemedyFacts


class LostPayments:
    """Gathers them from lost events, in their order."""

    def __init__(self) -> None:
        self._by_remedy: dict[tuple[str, str], LostPayment] = {}

    def hear(self, lost: Iterable[Lost]) -> None:
        """A request is a payment until its remedy's event says that it failed or came back."""
        for each in lost:
            remedy = (each.event.org, each.event.aggregate_id)
            if each.event.type in _ENDED:
                self._by_remedy.pop(remedy, None)
            elif each.event.type == RemedyPayoutRequestedV1.TYPE and (payment := _payment(each)):
                self._by_remedy[remedy] = payment

    def all(self) -> list[LostPayment]:
        """Those that may stand."""
        return list(self._by_remedy.values())


async def ask_first(tx: Transaction, payments: Iterable[LostPayment]) -> int:
    """Have the ERP asked before anything is sent that it may have paid; how many payouts were to be sent."""
    for org, key, facts in payments:
        await tx.rows(_KEEP, (org, key, facts.case_id, facts.remedy_id, facts.remedy))
    return len(await tx.rows(_ASK_FIRST))


def _payment(lost: Lost) -> LostPayment | None:
    try:
        facts = envelope_of(lost.event, lost.record.value, RemedyPayoutRequestedV1).data
    except Undecodable:
        return None
    return LostPayment(lost.event.org, facts.payment_key, facts) if facts.payment_key else None
