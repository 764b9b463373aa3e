"""What a payout's new state makes of its remedy and of the ledger; under the lock of the case."""

from datetime import datetime

from services.settlement.ledger import store as ledger
from services.settlement.ledger.rules import Entry, entry_lines, executed_key, reversed_entry
from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.payouts.rules.requests import after_payout
from services.settlement.remedies.rules.context import RemedyContext
from services.settlement.remedies.use_cases.save_change import save_change
from shared.kernel.actor import Actor
from shared.platform.db.transaction import Transaction


async def follow_payout(
    tx: Transaction, context: RemedyContext, *, before: PayoutState, payout: Payout, actor: Actor, now: datetime
) -> None:
    """Book what was paid, take back what came back, and store and publish what became of the remedy."""
    change = after_payout(context.remedy, before=before, payout=payout)
    if not change.events:
        return
    entry = await _entry(tx, context, payout)
    if entry is not None:
        await ledger.book(tx, entry, at=now)
    await save_change(tx, change, actor=actor, now=now)


async def _entry(tx: Transaction, context: RemedyContext, payout: Payout) -> Entry | None:
    remedy = context.remedy
    match payout.state:
        case PayoutState.EXECUTED:
            lines = entry_lines(context.rule.postings, gross=remedy.quote.amount, split=remedy.quote.split)
            return Entry(
                org=remedy.org,
                case_id=remedy.case_id,
                remedy_id=remedy.remedy_id,
                business_key=executed_key(payout.payout_id),
                lines=lines,
            )
        case PayoutState.REVERSED:
            booked = await ledger.of_case(tx, org=remedy.org, case_id=remedy.case_id)
            return reversed_entry(booked, org=remedy.org, case_id=remedy.case_id, payout_id=payout.payout_id)
        case _:
            return None
