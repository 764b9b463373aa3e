"""Brings services and Kafka together again after one of them has lost what the other has, while no worker runs."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from operate.errors import OperatorError
from operate.progress import Say
from operate.recovery import tables
from operate.recovery.compare import Comparison, Lost
from operate.recovery.heard import PRODUCER_OF, consumers_of, groups_of
from operate.recovery.log import Log, opened_log
from operate.recovery.payments import LostPayment, LostPayments, ask_first
from operate.service_database import opened
from shared.contracts.catalogue import SERVICES
from shared.contracts.topics import SETTLEMENT
from shared.platform.db.engine import Database
from shared.platform.db.tables import NO_ORG
from shared.platform.db.transaction import transaction
from shared.platform.inbox.dead_letter import audit
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.outbox.replay import replay_these

MOST_NAMED: Final = 20
"""Lost events of a topic that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The database URL of each service, and the keyword arguments of a Kafka client."""

    urls: Mapping[str, str]
    kafka: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: events since `since` are compared; nothing is changed when `is_dry`."""

    since: datetime
    operator: str
    is_dry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many events were lost, how many groups had to go back, how many events were missing in Kafka."""

    lost: int
    back: int
    missing: int

    @property
    def is_well(self) -> bool:
        """Whether Kafka and the databases know of the same events."""
        return not (self.lost or self.back or self.missing)


async def recover(installation: Installation, order: Order, *, say: Say) -> Found:
    """Compare, and mend unless it is a dry run. Raises OperatorError while a consumer runs."""
    async with AsyncExitStack() as stack:
        databases: Mapping[str, Database] = {
            str(service): await stack.enter_async_context(opened(service, installation.urls[service]))
            for service in SERVICES
        }
        log = await stack.enter_async_context(opened_log(installation.kafka))
        if not order.is_dry:
            await _require_rest(log)
        work = _Work(Comparison(log=log, databases=databases, since=order.since), order, say)
        return await work.run()


async def _require_rest(log: Log) -> None:
    for service in SERVICES:
        for group in groups_of(service):
            if members := await log.members(group):
                raise OperatorError(
                    f"{group} has {members} members.",
                    hint="Stop the workers of every service first: they would handle and publish meanwhile. "
                    "A worker that was killed counts until its session ends.",
                )


class _Work:
    def __init__(self, comparison: Comparison, order: Order, say: Say) -> None:
        self._comparison = comparison
        self._databases: Mapping[str, Database] = comparison.databases
        self._order = order
        self._say = say

    async def run(self) -> Found:
        lost, payments = await self._pass_over()
        back = await self._go_back()
        missing = await self._publish()
        await self._ask_about(payments)
        found = Found(lost=lost, back=back, missing=missing)
        if not self._order.is_dry:
            await self._record(found)
        return found

    async def _pass_over(self) -> tuple[int, list[LostPayment]]:
        """What no producer knows is skipped by all consumers, and named."""
        counts: dict[str, int] = {}
        payments = LostPayments()
        async for topic, lost in self._comparison.lost():
            before = counts.get(topic, 0)
            counts[topic] = before + len(lost)
            for each in lost[: max(0, MOST_NAMED - before)]:
                self._say(_named(topic, each))
            if topic == SETTLEMENT:
                payments.hear(lost)
            if not self._order.is_dry:
                await self._forget(topic, [each.event for each in lost])
        for topic, count in counts.items():
            self._say(f"{topic}: Kafka holds {count} events that their producer does not know; consumers skip them")
        return sum(counts.values()), payments.all()

    async def _forget(self, topic: str, events: Sequence[Attributes]) -> None:
        for consumer in consumers_of(topic):
            async with transaction(self._databases[consumer.service]) as tx:
                await tables.pass_over(tx, consumer.group, topic, events)
        async with transaction(self._databases[PRODUCER_OF[topic]]) as tx:
            await tables.remember_lost(tx, topic, events)

    async def _go_back(self) -> int:
        """Groups whose offsets are beyond what they have handled read it again."""
        back = await self._comparison.skipped()
        for group, places in back.items():
            where = ", ".join(f"{place.topic}/{place.partition}@{offset}" for place, offset in sorted(places.items()))
            self._say(f"{group}: goes back to {where}")
            if not self._order.is_dry:
                await self._comparison.log.go_to(group, places)
        return len(back)

    async def _publish(self) -> int:
        """What a consumer lacks and Kafka does not hold goes out again from the archive."""
        counts: dict[str, int] = {}
        async for service, ids in self._comparison.missing():
            counts[service] = counts.get(service, 0) + len(ids)
            if not self._order.is_dry:
                async with transaction(self._databases[service]) as tx:
                    await replay_these(tx, ids)
        for service, count in counts.items():
            self._say(f"{service}: {count} events that Kafka does not hold are published again from the archive")
        return sum(counts.values())

    async def _ask_about(self, payments: list[LostPayment]) -> None:
        for _, key, facts in payments:
            amount = f"{facts.amount.minor} minor units of {facts.amount.currency}"
            self._say(
                f"payment {key}: {amount}, case {facts.number or facts.case_id}, remedy {facts.remedy}: asked for in "
                "what is lost; the ERP is asked before this remedy is paid"
            )
        if self._order.is_dry:
            return
        async with transaction(self._databases["settlement"]) as tx:
            asked = await ask_first(tx, payments)
        if asked:
            self._say(f"settlement: {asked} payouts that were to be sent are asked about first")

    async def _record(self, found: Found) -> None:
        details: dict[str, object] = {"lost": found.lost, "back": found.back, "published": found.missing}
        for database in self._databases.values():
            async with transaction(database) as tx:
                await audit(tx, operator=self._order.operator, action=tables.RECOVER, org=NO_ORG, details=details)


def _named(topic: str, lost: Lost) -> str:
    event, record = lost.event, lost.record
    handled = f", handled by {', '.join(lost.seen_by)}" if lost.seen_by else ""
    return (
        f"  lost: {event.type} {event.aggregate}/{event.aggregate_id}@{event.version} of {event.occurred_at:%F %TZ}, "
        f"key {event.key}, {topic}/{record.partition}@{record.offset}{handled}"
    )
