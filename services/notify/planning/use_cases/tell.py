"""Make the messages that an event of a case causes; inbox messages are told here and now."""

from collections.abc import Sequence
from typing import Final

from services.notify.announce import announced
from services.notify.cases.rules import Happening
from services.notify.messages.rules import Attempt, Kept, Message, Outcome, State, Verdict
from services.notify.messages.store.changes import insert_new, log_attempts
from services.notify.planning.rules.plan import Plan, plan
from services.notify.planning.store import Standing
from services.notify.planning.use_cases.load_recipients import reach
from services.notify.webhooks.rules.subscription import deliveries
from shared.kernel.ids import OrgId, new_id
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

INBOX: Final = Outcome(verdict=Verdict.DELIVERED, code=None, reason="inbox")


async def tell(tx: Transaction, happening: Happening, *, org: OrgId, standing: Standing) -> list[Kept]:
    """Plan and store the messages; those that exist already (the event came before) stay as they are."""
    case = standing.case
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    messages = plan(
        Plan(
            happening=happening,
            reach=reach(standing, policy),
            intake=policy.intake,
            now=standing.now,
            new_id=new_id,
        )
    )
    subscribed = deliveries(
        case, happening, org=org, subscriptions=standing.subscriptions, now=standing.now, new_id=new_id
    )
    return await keep(tx, [*messages, *subscribed], org=org, standing=standing)


async def keep(tx: Transaction, messages: Sequence[Message], *, org: OrgId, standing: Standing) -> list[Kept]:
    """Store new messages, log what was told at once, announce what has ended."""
    new = await insert_new(
        tx,
        [
            Kept(org=org, is_simulated=standing.is_simulated, created_at=standing.now, message=message)
            for message in messages
        ],
    )
    at = standing.now
    inbox = [item for item in new if item.message.state is State.SENT]
    attempt = Attempt(number=1, started_at=at, ended_at=at, outcome=INBOX)
    await log_attempts(tx, [(item, attempt) for item in inbox])
    await append(tx, [event for item in new if (event := announced(item)) is not None])
    return new
