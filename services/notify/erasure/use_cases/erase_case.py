"""A case was purged: its open messages are skipped, and its people, addresses and words are erased."""

from dataclasses import dataclass, replace
from typing import Final

from services.notify.announce import announced
from services.notify.erasure.store import erase, lock_open
from services.notify.messages.rules import skip
from services.notify.messages.store.changes import settle
from services.notify.planning.store import get_case_context
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import forget_links
from shared.platform.outbox.of_cases import append_of_cases

REASON: Final = "case_purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCase:
    """Which case."""

    org: OrgId
    case_id: str


async def erase_case(tx: Transaction, cmd: EraseCase) -> None:
    """Erase it. Of a message that is being handed over just now, the outcome is unknown until its sender says it."""
    context = await get_case_context(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    waiting = await lock_open(tx, org=cmd.org, case_id=cmd.case_id)
    ended = [replace(item, message=skip(item.message, at=context.now, reason=REASON)) for item in waiting]
    await append_of_cases(tx, announced(await settle(tx, ended, token=None)))
    await erase(tx, org=cmd.org, case_id=cmd.case_id)
    await forget_links(tx, org=cmd.org, case_id=cmd.case_id)
