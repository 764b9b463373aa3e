"""The jobs of payouts: pay what is due, at most one batch a round, and measure what is open.

Paying is three steps: lease and commit; call the ERP with no transaction open; write the result in a second one.
A worker that dies in between leaves a lease that runs out, after which the ERP is asked before anything is sent.
"""

import asyncio
from contextlib import AbstractContextManager
from typing import Final

from services.settlement.erp import store as addresses
from services.settlement.erp.rules import ErpAddress
from services.settlement.payouts import metrics
from services.settlement.payouts.client import Erp
from services.settlement.payouts.rules.answers import Answer, NotSent, NotThere, outcome_of
from services.settlement.payouts.rules.payout import PayoutState
from services.settlement.payouts.store import lists, payouts
from services.settlement.payouts.store.payouts import Leased
from services.settlement.payouts.use_cases.record_answer import RecordAnswer, record_answer
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.failpoints import failpoint
from shared.platform.observability.context import from_stored
from shared.platform.observability.tracing import CASE_ID, Work, traced
from shared.platform.organisation_clock import organisation_now
from shared.platform.sampling import Sample
from shared.platform.sealing import SealBroken, Sealer
from shared.platform.worker import Job

_BATCH: Final = 16
_LEASE_MARGIN_SECONDS: Final = 15.0
_OPEN: Final = """
    FROM settlement.payout p JOIN settlement.organisation o USING (org_id)
    WHERE (p.leased_until IS NULL OR p.leased_until < clock_timestamp())
"""
_UNTIL_DUE: Final = f"""
    SELECT extract(epoch FROM least(
        (SELECT p.next_at {_OPEN} AND o.simulated_now IS NULL AND p.next_at IS NOT NULL ORDER BY p.next_at LIMIT 1),
        (SELECT now() WHERE EXISTS (SELECT {_OPEN} AND p.next_at <= o.simulated_now))
    ) - now())::float8
"""  # noqa: S608 (constants)


def pay_job(erp: Erp, sealer: Sealer, *, erp_timeout_seconds: float) -> Job:
    """The job that calls the organisations' ERPs for the payouts that are due."""

    async def pay(db: Database) -> int:
        async with transaction(db) as tx:
            leased = await payouts.lease(tx, limit=_BATCH, seconds=erp_timeout_seconds + _LEASE_MARGIN_SECONDS)
        ended = await asyncio.gather(*(_pay_one(db, erp, sealer, each) for each in leased), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(leased)

    return Job(name="payouts", run=pay, asks=_UNTIL_DUE)


async def _pay_one(db: Database, erp: Erp, sealer: Sealer, leased: Leased) -> None:
    payout = leased.payout
    with _attempt(leased) as work:
        failpoint("payout.before_call")
        answer = await _call(erp, await _address(db, sealer, leased.org), leased)
        failpoint("payout.after_call")
        work.attributes["redress.outcome"] = outcome = outcome_of(answer, asked=payout.amount).value
        metrics.PAYOUT_ANSWERS.labels(outcome=outcome).inc()
        async with transaction(db) as tx:
            cmd = RecordAnswer(org=leased.org, payout=payout, answer=answer)
            await record_answer(tx, cmd, now=await organisation_now(tx, leased.org))


def _attempt(leased: Leased) -> AbstractContextManager[Work]:
    """The span of one attempt: the ERP's answer, and its recording."""
    payout = leased.payout
    attributes: dict[str, str | int] = {
        CASE_ID: leased.case_id,
        "redress.organisation_id": leased.org,
        "redress.payout_id": payout.payout_id,
        "redress.attempt": payout.attempt,
    }
    return traced("pay", kind="internal", context=from_stored(leased.traceparent), attributes=attributes)


async def _address(db: Database, sealer: Sealer, org: OrgId) -> ErpAddress | NotSent:
    try:
        async with reading(db) as tx:
            address = await addresses.find(tx, org=org, sealer=sealer)
    except SealBroken:
        return NotSent(reason="the ERP's secret cannot be read: set it again")
    return address or NotSent(reason="no ERP address is set")


async def _call(erp: Erp, address: ErpAddress | NotSent, leased: Leased) -> Answer:
    payout = leased.payout
    if isinstance(address, NotSent):
        return address
    if payout.state is PayoutState.TO_SEND:
        if address.url != payout.sent_to:
            return NotSent(reason="the ERP's address has just changed")
        return await erp.send(address, key=payout.payout_id, request=leased.request)
    answer = await erp.ask(address, key=payout.payout_id)
    moved = isinstance(answer, NotThere) and address.url != payout.sent_to
    return NotThere(moved=True) if moved else answer


async def _measure(tx: Transaction) -> None:
    counted = await lists.count_by_state(tx)
    for state in metrics.NOT_EXECUTED:
        metrics.PAYOUTS.labels(state=state).set(counted.get(state, 0))
    metrics.PAYOUT_IN_DOUBT_AGE.set(await lists.oldest(tx, PayoutState.UNKNOWN, PayoutState.QUARANTINED))
    metrics.PAYOUT_PENDING_AGE.set(await lists.oldest(tx, PayoutState.PENDING))


SAMPLES: Final = (Sample(gauges=metrics.OPEN, measure=_measure, every_seconds=5.0),)
