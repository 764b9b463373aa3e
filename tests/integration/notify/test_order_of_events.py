"""What orders the events of messages: each message's row, and nothing between two messages of a case (docs/guarantees.md)."""

import asyncio

from sqlalchemy import select

from services.notify.delivery.use_cases.claim_messages import ClaimMessages, claim_messages
from services.notify.delivery.use_cases.record_outcomes import Result, record_outcomes
from services.notify.inbox.use_cases.confirm_message import ConfirmMessage, confirm_message
from services.notify.messages.rules import Outcome, Verdict
from services.notify.messages.store.changes import lock_message
from services.notify.migrations.schema import KERNEL
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import reading, transaction
from tests.integration.notify.stage import NINE, Stage, a_rule
from tests.support.waiting import until_a_statement_waits

TAKEN = Outcome(verdict=Verdict.DELIVERED, code=250, reason="accepted")
MAILS = ClaimMessages(channel="email", limit=2)


async def published(stage: Stage, org: OrgId) -> list[tuple[int, str]]:
    """Number and message of each event that a relay would see now."""
    outbox = KERNEL.outbox
    query = select(outbox.c.seq, outbox.c.aggregateid).where(outbox.c.org_id == org).order_by(outbox.c.seq)
    async with reading(stage.db) as tx:
        return [(row.seq, row.aggregateid) for row in await tx.execute(query)]


async def test_two_messages_of_a_case_share_no_lock(stage: Stage) -> None:
    org = await stage.organisation(a_rule(), a_rule(id="too"))
    await stage.register(org)
    async with transaction(stage.db) as tx:
        first, second = (await claim_messages(tx, MAILS, now=NINE)).parcels
    async with transaction(stage.db) as early:
        await record_outcomes(early, [Result(parcel=first, outcome=TAKEN)], now=NINE)
        async with transaction(stage.db) as tx:
            await record_outcomes(tx, [Result(parcel=second, outcome=TAKEN)], now=NINE)
        seen = await published(stage, org)
    then = await published(stage, org)
    assert [message_id for _, message_id in seen] == [second.stored.message.message_id]
    assert [message_id for _, message_id in then] == [first.stored.message.message_id, seen[0][1]]
    assert then[0][0] < seen[0][0], "the event that was published second has the smaller number"


async def test_events_of_one_message_are_ordered_by_its_row(stage: Stage) -> None:
    org = await stage.organisation(a_rule(channels=["fax"]))
    await stage.register(org)
    message_id = str((await stage.message(org)).message_id)
    cmd = ConfirmMessage(
        org=org,
        message_id=message_id,
        delivered=True,
        note=None,
        actor=Actor(subject="wang", roles=frozenset({"clerk"})),
    )

    async def confirm() -> None:
        async with transaction(stage.db) as tx:
            await confirm_message(tx, cmd, now=NINE)

    async with transaction(stage.db) as holder:
        await lock_message(holder, org=org, message_id=message_id)
        waiting = asyncio.create_task(confirm())
        await until_a_statement_waits(stage.db)
        before = await published(stage, org)
    await waiting
    assert await published(stage, org) == [*before, ((await published(stage, org))[-1][0], message_id)]
    assert len(before) == 1
