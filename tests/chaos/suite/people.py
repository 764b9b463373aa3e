"""What people do while a run goes on, and how waiting is shortened when it is over.

The organisations' finance people decide about payouts in quarantine as they would: they look into the ERP's own list.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from operate.errors import OperatorError
from operate.scenarios.session import Session
from operate.sinks.book import Book
from shared.kernel.ids import new_id

_LOOK_SECONDS: Final = 2.0
_HURRY: Final = (
    "UPDATE notify.message SET due_at = now() WHERE state IN ('queued', 'outcome_unknown') AND due_at > now()",
    "UPDATE settlement.payout SET next_at = now() WHERE state IN ('to_send', 'unknown', 'pending') AND next_at > now()",
    *(
        f"UPDATE {service}.parked_key SET retry_at = now() WHERE retry_at > now()"
        for service in ("intake", "sla", "settlement", "notify")
    ),
)
"""Plans of retries go over hours: what waits for its next try is tried now. Leases are left as they are."""


async def finance(sessions: Mapping[str, Session], book: Book) -> None:
    """Decide about payouts in quarantine, in every organisation, until cancelled."""
    while True:
        for session in sessions.values():
            try:
                page = await session.operate("settlement", "GET", "/v1/payouts", params={"state": "quarantined"})
                for payout in page["items"]:
                    await _decide(session, payout, book)
            except OperatorError:
                continue  # settlement is disturbed just now; people look again later
        await asyncio.sleep(_LOOK_SECONDS)


async def _decide(session: Session, payout: Mapping[str, Any], book: Book) -> None:
    decision: dict[str, str] = {"decision": "ask_again", "reason": "the ERP's list does not have it"}
    if _stands(payout["payout_id"], book):
        reference = f"read-by-hand-{payout['payout_id'][:8]}"
        decision = {"decision": "paid", "reference": reference, "reason": "found in the ERP's list"}
    path = f"/v1/payouts/{payout['payout_id']}/resolution"
    await session.operate("settlement", "POST", path, json=decision, headers={"Idempotency-Key": new_id()})


def _stands(key: str, book: Book) -> bool:
    kinds = [e["kind"] for e in book.entries("payment", "forgotten") if e["payment"]["payment_key"] == key]
    return kinds.count("payment") > kinds.count("forgotten")


async def hurry(connection: Any) -> None:
    """Make everything due that waits for its next try."""
    for statement in _HURRY:
        await connection.execute(statement)
