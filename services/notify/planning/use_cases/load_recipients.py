"""Load the pinned policy of a case and, from it, the recipients of the case."""

from services.notify.channels.registry import REGISTRY
from services.notify.planning.rules.recipients import Recipients
from services.notify.planning.store import CaseContext
from services.notify.webhooks.rules.subscription import NOTICE
from shared.kernel.ids import OrgId
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


async def load_recipients(tx: Transaction, context: CaseContext, *, org: OrgId) -> tuple[Recipients, Policy]:
    """The recipients, and the policy that names them."""
    case = context.case
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    endpoints = (item.endpoint_id for item in context.subscriptions if item.wants(NOTICE))
    recipients = Recipients(
        case=case,
        parties=context.parties,
        pack=policy.pack,
        section=policy.notify,
        channels=REGISTRY.channels,
        endpoint_id=next(endpoints, None),
    )
    return recipients, policy
