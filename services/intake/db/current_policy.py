"""The policy in force, remembered from one registration to the next.

The answer holds until its end or until the organisation publishes again; whoever uses it has the
database compare `versions`, in the statement that it writes with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from cachetools import LRUCache
from sqlalchemy import select

from shared.kernel.ids import OrgId
from shared.packs.store import Policy, effective
from shared.platform.db.transaction import Transaction


class PolicyChanged(Exception):
    """A policy was published since the one in force was chosen: `forget`, then choose again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A policy, until when it is surely the one in force, and how many versions the organisation had."""

    policy: Policy
    since: datetime
    until: datetime | None
    versions: int

    def covers(self, at: datetime) -> bool:
        """Whether it is surely the one in force at `at`."""
        return self.since <= at and (self.until is None or at < self.until)


_known: Final[LRUCache[tuple[str, OrgId, str | None], InForce]] = LRUCache(16_384)
_forgotten: Final[set[OrgId]] = set()


async def in_force(tx: Transaction, *, org: OrgId, pack: str | None, at: datetime) -> InForce:
    """The policy in force at `at`. Raises what `effective` raises."""
    key = (tx.kernel.schema, org, pack)
    known = _known.get(key)
    if known is not None and known.covers(at) and org not in _forgotten:
        return known
    _forgotten.discard(org)
    policy = await effective(tx, org=org, pack=pack, at=at)
    table = tx.kernel.policy_version.c
    begins = [row.effective_from for row in await tx.execute(select(table.effective_from).where(table.org_id == org))]
    later = min((day for day in begins if day > policy.effective_from), default=None)
    until = None if later is None else datetime.combine(later, time.min, UTC) - timedelta(days=1)
    found = InForce(policy=policy, since=policy.effective_at(), until=until, versions=len(begins))
    _known[key] = found
    return found


def forget(org: OrgId) -> None:
    """Ask the database next time."""
    _forgotten.add(org)
