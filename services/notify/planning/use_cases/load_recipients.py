"""The recipients of a case, found from its standing and its pinned policy."""

from services.notify.planning.rules.recipients import Reach
from services.notify.planning.store import Standing
from services.notify.webhooks.rules.subscription import NOTICE
from shared.packs.store import Policy


def reach(standing: Standing, policy: Policy) -> Reach:
    """Everything from which contacts are found."""
    return Reach(
        case=standing.case,
        parties=standing.parties,
        section=policy.notify,
        pack=policy.pack,
        endpoints=[item.endpoint_id for item in standing.subscriptions if item.wants(NOTICE)],
    )
