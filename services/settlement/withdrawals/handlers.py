"""Steps that withdraw remedies: the copies of their cases follow first, then the remedies."""

from collections.abc import Sequence
from typing import Any, Final

from services.settlement.cases.handlers import HANDLERS as CASES
from services.settlement.cases.handlers import on_events as follow
from services.settlement.withdrawals.rules import StepTaken, Withdraws
from services.settlement.withdrawals.use_cases.withdraw_remedies import WithdrawRemedies, withdraw_remedies
from shared.contracts.envelope import Envelope
from shared.contracts.intake import CaseAdvancedV1, WithdrawsV1
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler, caused_by
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Handlers


async def on_events(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Store what the events say of many cases, under the locks of their rows; then end what their steps withdraw."""
    await follow(tx, events)
    for event in events:
        if isinstance(event.data, CaseAdvancedV1) and event.data.withdraws:
            with caused_by(event):
                await _withdraw(tx, event)


async def _withdraw(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    data = event.data
    rows = tuple(map(_row, data.withdraws))
    taken = StepTaken(step=data.step, at=event.occurred_at, rows=rows)
    cmd = WithdrawRemedies(org=event.org, case_id=data.case_id, taken=taken)
    await withdraw_remedies(tx, cmd, actor=data.actor.actor(), now=await organisation_now(tx, event.org))


def _row(said: WithdrawsV1) -> Withdraws:
    return Withdraws(
        remedies=None if said.remedies is None else frozenset(said.remedies),
        earlier_than=said.earlier_than,
        reason=Text(zh=said.label.zh, en=said.label.en),
        cite=said.cite,
    )


_FOLLOW: Final = BatchHandler(on_events)
HANDLERS: Final[Handlers] = dict.fromkeys(CASES, _FOLLOW)
