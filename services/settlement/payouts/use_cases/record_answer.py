"""What the ERP answered, or that it did not: payout, remedy, ledger and events in one transaction."""

from datetime import datetime

from services.settlement.announce import SYSTEM, announce
from services.settlement.db import ledger, payouts, remedies
from services.settlement.db.payouts import Leased
from services.settlement.domain import ledger as books
from services.settlement.domain import remedy as life
from services.settlement.domain.payout import Answer, Payout, PayoutState, after_answer
from services.settlement.domain.remedy import Change
from services.settlement.domain.state import State
from services.settlement.use_cases.matter import Matter, open_matter
from shared.platform.db.transaction import Transaction


async def record_answer(tx: Transaction, leased: Leased, answer: Answer, *, now: datetime) -> bool:
    """Take the answer to attempt `leased`; False when a later attempt has taken over."""
    matter = await open_matter(tx, leased.org, leased.payout.remedy_id)
    payout = after_answer(leased.payout, answer, now=now)
    if not await payouts.save_result(tx, leased.org, payout):
        return False
    change = _change(matter, payout)
    if change.remedy.state is State.EXECUTED:
        quote = change.remedy.quote
        lines = books.lines(matter.rule.postings, gross=quote.amount, split=quote.split)
        await ledger.book(tx, change.remedy, lines, at=now)
    await remedies.save(tx, change.remedy)
    await announce(tx, change, actor=SYSTEM, now=now)
    return True


def _change(matter: Matter, payout: Payout) -> Change:
    match payout.state:
        case PayoutState.EXECUTED:
            return life.execute(matter.remedy, reference=payout.reference or payout.payout_id)
        case PayoutState.FAILED:
            return life.fail(matter.remedy, reason=payout.reason or "refused")
        case PayoutState.UNKNOWN | PayoutState.QUARANTINED:
            return life.doubt(matter.remedy)
        case PayoutState.TO_SEND:
            return Change(remedy=matter.remedy, events=())
