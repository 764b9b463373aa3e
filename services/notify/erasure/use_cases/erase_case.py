"""A case was purged: what is still to be said is not said any more, and what was said is forgotten."""

from dataclasses import replace

from services.notify.announce import announced
from services.notify.erasure import store as erasing
from services.notify.messages.rules import skip
from services.notify.messages.store.changes import settle
from services.notify.planning.store import standing
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

REASON = "case_purged"


async def erase_case(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase it. A sender that is handing a message over just now finds its lease gone and changes nothing."""
    found = await standing(tx, org, case_id, for_update=True)
    waiting = await erasing.unsent(tx, org, case_id)
    ended = [replace(item, message=skip(item.message, at=found.now, reason=REASON)) for item in waiting]
    ours = await settle(tx, ended, token=None)
    await append(tx, [event for item in ours if (event := announced(item)) is not None])
    await erasing.erase(tx, org, case_id)
