"""The calendars of a clock: taken from its pack when it starts, from its pinned hashes ever after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from services.sla.calendars import store as stored
from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.errors import CalendarMissing
from services.sla.calendars.rules.from_pack import calendar_from, prepared, spec_of
from services.sla.calendars.rules.working_days import CalendarSpec
from shared.kernel.ids import OrgId
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction

_by_hash: Final[LRUCache[str, Calendar]] = LRUCache(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Calendars by their ids in the pack, with the hashes that pin them."""

    calendars: Mapping[str, Calendar]
    hashes: Mapping[str, str]
    specs: Mapping[str, CalendarSpec]


def from_pack(policy: Policy, calendar_ids: Iterable[str]) -> Book:
    """These calendars as pack and holiday data stand now."""
    specs = {}
    for calendar_id in calendar_ids:
        found = policy.sla.calendar(calendar_id)
        if found is None:
            raise CalendarMissing(fields={"calendar": calendar_id})
        specs[calendar_id] = spec_of(found, zone=policy.pack.zone)
    hashes = {calendar_id: spec.content_hash() for calendar_id, spec in specs.items()}
    return Book(
        calendars={calendar_id: prepared(spec) for calendar_id, spec in specs.items()},
        hashes=hashes,
        specs={hashes[calendar_id]: spec for calendar_id, spec in specs.items()},
    )


async def pin(tx: Transaction, *, org: OrgId, book: Book) -> None:
    """Store the contents that the hashes stand for."""
    await stored.keep(tx, org=org, specs=book.specs)


async def pinned(tx: Transaction, *, org: OrgId, hashes: Mapping[str, str]) -> Mapping[str, Calendar]:
    """The calendars that a clock pinned, by their ids in the pack."""
    known = {content_hash: _by_hash[content_hash] for content_hash in hashes.values() if content_hash in _by_hash}
    unknown = set(hashes.values()) - known.keys()
    for content_hash, document in (await stored.documents(tx, org=org, hashes=unknown)).items():
        known[content_hash] = calendar_from(document)
    _by_hash.update(known)
    if missing := [calendar_id for calendar_id, content_hash in hashes.items() if content_hash not in known]:
        raise CalendarMissing(fields={"calendars": missing})
    return {calendar_id: known[content_hash] for calendar_id, content_hash in hashes.items()}
