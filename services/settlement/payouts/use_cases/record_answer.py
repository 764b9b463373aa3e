"""Record what the ERP answered, or that it did not: payout, remedy, ledger and events in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.ledger import store as ledger
from services.settlement.ledger.rules import Entry, entry_lines
from services.settlement.payouts import store
from services.settlement.payouts.rules.payout import Answer, Payout, after_answer
from services.settlement.payouts.rules.requests import after_payout
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
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
    """Record the answer to the leased attempt; False when a later attempt has taken over."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.payout.remedy_id, lock=True)
    payout = after_answer(cmd.payout, cmd.answer, now=now)
    if not await store.save_result(tx, cmd.org, payout):
        return False
    change = after_payout(context.remedy, payout)
    remedy = change.remedy
    if remedy.state is State.EXECUTED:
        lines = entry_lines(context.rule.postings, gross=remedy.quote.amount, split=remedy.quote.split)
        entry = Entry(org=cmd.org, case_id=remedy.case_id, remedy_id=remedy.remedy_id, lines=lines)
        await ledger.book(tx, entry, at=now)
    await save_change(tx, change, actor=SYSTEM, now=now)
    return True
