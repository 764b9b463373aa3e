"""After a message failed for good: the same words over the next channel of its rule."""

from services.notify.messages.rules import StoredMessage
from services.notify.planning.rules.plan import Planner
from services.notify.planning.store import get_case_context
from services.notify.planning.use_cases.load_recipients import load_recipients
from services.notify.planning.use_cases.store_messages import Planned, store_messages
from shared.kernel.ids import new_id
from shared.platform.db.transaction import Transaction


async def fall_back(tx: Transaction, item: StoredMessage) -> None:
    """Plan and store the next message, if there is a further channel on which the recipient can be told."""
    failed = item.message
    context = await get_case_context(tx, org=item.org, case_id=failed.identity.case_id)
    recipients, policy = await load_recipients(tx, context, org=item.org)
    rule = policy.notify.rule(failed.identity.rule)
    if rule is None:
        return
    message = Planner(recipients=recipients, now=context.now, new_id=new_id).fallback(failed, rule)
    if message is not None:
        await store_messages(tx, [Planned(org=item.org, context=context, messages=[message])])
