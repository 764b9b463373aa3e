"""After a message failed for good: the same words over the next channel of its rule."""

from services.notify.messages.rules import Kept
from services.notify.planning.rules.plan import fallback
from services.notify.planning.store import standing
from services.notify.planning.use_cases.load_recipients import reach
from services.notify.planning.use_cases.tell import keep
from shared.kernel.ids import new_id
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def fall_back(tx: Transaction, item: Kept) -> None:
    """Plan and store the next message, if there is a further channel on which the recipient can be reached."""
    failed = item.message
    found = await standing(tx, item.org, failed.identity.case_id)
    policy = await pinned(tx, org=item.org, pack=found.case.pack, version=found.case.policy_version)
    rule = policy.notify.rule(failed.identity.rule)
    if rule is None:
        return
    message = fallback(failed, rule=rule, reach=reach(found, policy), now=found.now, new_id=new_id)
    if message is not None:
        await keep(tx, [message], org=item.org, standing=found)
