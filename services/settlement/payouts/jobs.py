"""Sweeps: pay what is due, expire quotes, keep the gauges. Each round does at most one batch.

Paying is three steps: lease and commit; call the ERP with no transaction open; write the result in a second one.
A worker that dies in between leaves a lease that runs out, after which the ERP is asked before anything is sent.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.settlement.clients.erp import Erp
from services.settlement.db import payouts, queries
from services.settlement.db.payouts import Leased
from services.settlement.domain.payout import PayoutState
from services.settlement.use_cases.expire_quote import expire_quote
from services.settlement.use_cases.record_answer import record_answer
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.failpoints import failpoint
from shared.platform.observability import metrics
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

_BATCH: Final = 16
_LEASE_MARGIN_SECONDS: Final = 15.0
_GAUGE_SECONDS: Final = 5.0
_STATES: Final = tuple(state.value for state in PayoutState if state is not PayoutState.EXECUTED)


def jobs(erp: Erp, *, erp_timeout_seconds: float) -> Sequence[Job]:
    """The jobs of settlement."""

    async def pay(db: Database) -> int:
        async with transaction(db) as tx:
            leased = await payouts.lease(tx, limit=_BATCH, seconds=erp_timeout_seconds + _LEASE_MARGIN_SECONDS)
        ended = await asyncio.gather(*(_pay_one(db, erp, each) for each in leased), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(leased)

    return (
        Job(name="payouts", run=pay, prompt=True),
        Job(name="expire_quotes", run=_expire),
        Job(name="gauges", run=_observe, idle_seconds=_GAUGE_SECONDS),
    )


async def _pay_one(db: Database, erp: Erp, leased: Leased) -> None:
    payout = leased.payout
    failpoint("payout.before_call")
    if payout.state is PayoutState.TO_SEND:
        answer = await erp.send(payout.payout_id, leased.request)
    else:
        answer = await erp.ask(payout.payout_id, organisation=leased.org)
    failpoint("payout.after_call")
    async with transaction(db) as tx:
        await record_answer(tx, leased, answer, now=await organisation_now(tx, leased.org))


async def _expire(db: Database) -> int:
    async with reading(db) as tx:
        candidates = await queries.overdue_quotes(tx, limit=_BATCH)
    done = 0
    for org, remedy_id in candidates:
        async with transaction(db) as tx:
            done += await expire_quote(tx, org, remedy_id, now=await organisation_now(tx, org))
    return done


async def _observe(db: Database) -> int:
    async with reading(db) as tx:
        counted = await queries.payouts_by_state(tx)
        metrics.PAYOUT_UNKNOWN_AGE.set(await queries.oldest_doubt(tx))
        metrics.LEDGER_IMBALANCE.set(await queries.imbalance(tx))
    for state in _STATES:
        metrics.PAYOUT_STATE.labels(state=state).set(counted.get(state, 0))
    return 0
