"""The calendars of clocks: those of the pack when a clock begins, those that it pinned afterwards."""

from collections.abc import Iterable, Mapping
from typing import Final

from cachetools import LRUCache

from services.sla.calendars import store
from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.from_pack import PackCalendar, calendar_from, pack_calendars
from shared.kernel.ids import OrgId
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction

_by_hash: Final[LRUCache[str, Calendar]] = LRUCache(1000)
_by_digest: Final[LRUCache[str, Mapping[str, PackCalendar]]] = LRUCache(256)


def calendars_of(policy: Policy) -> Mapping[str, PackCalendar]:
    """The calendars of a policy as pack and holiday data stand now, worked out once per distinct pack."""
    known = _by_digest.get(policy.digest)
    if known is None:
        known = _by_digest[policy.digest] = pack_calendars(policy.sla.calendars, zone=policy.pack.zone)
    return known


async def pin(tx: Transaction, *, org: OrgId, calendars: Iterable[PackCalendar]) -> None:
    """Store the contents that the hashes stand for."""
    await store.keep(tx, org=org, specs={each.content_hash: each.calendar.spec for each in calendars})


async def pinned_calendars(tx: Transaction, *, org: OrgId, hashes: Iterable[str]) -> dict[str, Calendar]:
    """The stored calendars of these hashes, by hash."""
    wanted = set(hashes)
    known = {content_hash: _by_hash[content_hash] for content_hash in wanted if content_hash in _by_hash}
    for content_hash, document in (await store.documents(tx, org=org, hashes=wanted - known.keys())).items():
        known[content_hash] = calendar_from(document)
    _by_hash.update(known)
    return known
