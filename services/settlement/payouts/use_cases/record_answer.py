"""Record what the ERP answered, or that it did not: payout, remedy, ledger and events in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.payouts.rules.answers import Answer
from services.settlement.payouts.rules.payout import Payout, after_answer
from services.settlement.payouts.store import payouts
from services.settlement.payouts.use_cases.follow_payout import follow_payout
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """The payout as it was leased, and the answer to that attempt."""

    org: OrgId
    payout: Payout
    answer: Answer


async def record_answer(tx: Transaction, cmd: RecordAnswer, *, now: datetime) -> bool:
    """Record the answer to the leased attempt; False when a later attempt or a person has taken over."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.payout.remedy_id, lock=True)
    payout = after_answer(cmd.payout, cmd.answer, now=now)
    if not await payouts.save_result(tx, cmd.org, payout, now=now):
        return False
    await follow_payout(tx, context, before=cmd.payout.state, payout=payout, actor=SYSTEM, now=now)
    return True
