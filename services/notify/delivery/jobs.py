"""Sends what is due: claim in one transaction, send outside of any, record in another.

Guarantee: a message is handed over at least once and recorded once. Where a sender dies between hand-over and record
the outcome is unknown, which is a state that people see; it is handed over once more under the same Message-ID, or by
the plan of retries under the same webhook-id. No other way to a second hand-over exists (ADR 0065).
"""

import asyncio
from collections import Counter
from contextlib import AbstractContextManager
from typing import Final

from services.notify.channels.rules.parcel import Parcel, Sender
from services.notify.delivery import metrics
from services.notify.delivery.store import count_due, count_unknown, until_claimable
from services.notify.delivery.use_cases.claim_messages import ClaimMessages, claim_messages
from services.notify.delivery.use_cases.record_outcomes import Result, record_outcomes
from services.notify.messages.rules import Outcome, Verdict
from shared.kernel.clock import Clock
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.failpoints import failpoint
from shared.platform.observability.logging import logger
from shared.platform.observability.tracing import CASE_ID, Work, traced
from shared.platform.sampling import Sample
from shared.platform.watch import is_now
from shared.platform.worker import Job

ROUND_SECONDS: Final = 0.05
_LINGER_SECONDS: Final = 0.02
_FAILED: Final = Outcome(verdict=Verdict.UNKNOWN, code=None, reason="sender_error")


class Courier:
    """Sends the messages of one channel, several at a time; a slow receiver does not hold up the others.

    `clock` tells real time.
    """

    def __init__(self, channel: str, *, sender: Sender, clock: Clock) -> None:
        self.channel = channel
        self._sender = sender
        self._clock = clock
        self._going: dict[asyncio.Task[Outcome], Parcel] = {}
        self._finished: list[Result] = []
        self._next_round_at = 0.0

    def job(self) -> Job:
        """The rounds of this courier."""
        return Job(
            name=f"notify.{self.channel}",
            run=self.run,
            asks=until_claimable(self.channel),
            in_hand=lambda: bool(self._going or self._finished),
        )

    async def run(self, db: Database) -> int:
        """One round: record what has ended, claim what fits; how many messages moved."""
        await self._gather()
        moved = await self._record(db) + await self._claim(db)
        if not moved and self._going:
            await asyncio.wait(self._going, timeout=_LINGER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            moved = await self._record(db)
        return moved

    async def finish(self, db: Database, *, seconds: float) -> int:
        """Claim no more; wait for what is going and record it. The rest is taken over when its lease ends.

        Returns how many messages were recorded.
        """
        if self._going:
            await asyncio.wait(self._going, timeout=seconds)
        recorded = await self._record(db)
        for task in self._going:
            task.cancel()
        return recorded

    async def _gather(self) -> None:
        """Wait before the next round, so that one transaction handles several messages."""
        clock = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_round_at - clock.time()))
        self._next_round_at = clock.time() + ROUND_SECONDS

    async def _claim(self, db: Database) -> int:
        room = self._sender.at_once - len(self._going)
        if room <= 0 or not await self._may_claim(db):
            return 0
        async with transaction(db) as tx:
            cmd = ClaimMessages(channel=self.channel, limit=room, in_flight=self._in_flight())
            claimed = await claim_messages(tx, cmd, now=self._clock.now())
        for parcel in claimed.parcels:
            self._going[asyncio.create_task(self._guarded(parcel))] = parcel
        if claimed.vanished:
            metrics.MESSAGES.labels(channel=self.channel, result=Verdict.UNKNOWN.value).inc(claimed.vanished)
        return len(claimed.parcels) + claimed.others

    async def _may_claim(self, db: Database) -> bool:
        async with reading(db) as tx:
            [(seconds,)] = await tx.rows(until_claimable(self.channel))
        return is_now(seconds)

    async def _record(self, db: Database) -> int:
        for task in [task for task in self._going if task.done()]:
            self._finished.append(Result(parcel=self._going.pop(task), outcome=task.result()))
        if not self._finished:
            return 0
        failpoint("notify.before_record")
        results = tuple(self._finished)
        async with transaction(db) as tx:
            ours = await record_outcomes(tx, results, now=self._clock.now())
        del self._finished[: len(results)]
        if len(ours) < len(results):
            logger().warning("notify.lease_lost", count=len(results) - len(ours))
        for result in results:
            _count(result)
        return len(results)

    async def _guarded(self, parcel: Parcel) -> Outcome:
        try:
            with _attempt(parcel) as work:
                outcome = await self._sender.send(parcel)
                work.attributes["redress.verdict"] = outcome.verdict.value
                work.error = None if outcome.verdict is Verdict.DELIVERED else outcome.reason
        except Exception as error:  # noqa: BLE001 - one message must not stop the others
            logger().error("notify.send_failed", error_type=type(error).__name__, exc_info=error)
            return _FAILED
        else:
            return outcome

    def _in_flight(self) -> Counter[str]:
        endpoints = (parcel.stored.message.identity.endpoint_id for parcel in self._going.values())
        return Counter(endpoint_id for endpoint_id in endpoints if endpoint_id)


def _attempt(parcel: Parcel) -> AbstractContextManager[Work]:
    """The span of one attempt."""
    message = parcel.stored.message
    attributes: dict[str, str | int] = {
        CASE_ID: message.identity.case_id,
        "redress.organisation_id": parcel.stored.org,
        "redress.message_id": message.message_id,
        "redress.channel": message.identity.channel,
        "redress.attempt": message.attempts,
    }
    name = f"send {message.identity.channel}"
    return traced(name, kind="client", context=parcel.context, attributes=attributes)


async def _measure(tx: Transaction) -> None:
    repeated, left = await count_unknown(tx)
    metrics.MESSAGES_UNKNOWN.labels(waits_for="repetition").set(repeated)
    metrics.MESSAGES_UNKNOWN.labels(waits_for="person").set(left)
    overdue = await count_due(tx)
    for channel in metrics.BY_PROVIDER:
        due, seconds = overdue.get(channel, (0, 0.0))
        metrics.MESSAGES_DUE.labels(channel=channel).set(due)
        metrics.MESSAGE_OVERDUE.labels(channel=channel).set(seconds)


SAMPLES: Final = (Sample(gauges=metrics.WAITING, measure=_measure),)


def _count(result: Result) -> None:
    identity, verdict = result.parcel.stored.message.identity, result.outcome.verdict
    metrics.MESSAGES.labels(channel=identity.channel, result=verdict.value).inc()
    if identity.endpoint_id:
        metrics.WEBHOOK_ATTEMPTS.labels(result=verdict.value).inc()
