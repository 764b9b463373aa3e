"""Bring the copies of cases up to date with what happened to them at intake and sla."""

from collections.abc import Sequence

from services.settlement.cases import store
from services.settlement.cases.rules import CaseEvent, first_touches, follow
from shared.platform.db.transaction import Transaction


async def follow_cases(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Store the cases and touches after the events, those of a case in their order. Raises CaseUnknown.

    All cases are locked with one statement, in the order of their keys. A touch needs no case.
    """
    about_cases = [event for event in events if not event.is_touch_only]
    known = await store.lock_many(tx, {event.key for event in about_cases})
    after = follow(known, about_cases)
    await store.add_many(tx, [case for key, case in after.items() if key not in known])
    await store.save_many(tx, [case for key, case in after.items() if key in known and case != known[key]])
    await store.touch_many(tx, first_touches(events))
