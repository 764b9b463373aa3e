"""A version of a pack was published: from when each of its recurring cases and samples is due."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from services.intake.recurring.rules import VersionInForce, next_opening
from services.intake.recurring.store import Recurrence, recurrences_of, save_recurrence, versions_in_order
from shared.kernel.ids import OrgId
from shared.packs.documents import Sections
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def schedule_recurring(
    tx: Transaction, *, org: OrgId, pack: str, new: Mapping[int, Sections], now: datetime
) -> None:
    """Follow the `new` version. Its transaction may be undone, so it is not read through the cache of policies.

    What is due and not opened yet stays due; nothing before `now` becomes due.
    """
    known = await recurrences_of(tx, org=org, pack=pack)
    versions = await versions_of(tx, org=org, pack=pack, new=new)
    for name in sorted({*known, *(item for _, sections in versions for item in sections.intake.timed_by_id)}):
        present = known.get(name)
        if present is not None and present.next_at is not None and present.next_at <= now:
            continue
        since = now if present is None else max(present.since, now)
        due = next_opening(forces_of(versions, name), since=since)
        await save_recurrence(tx, Recurrence(org=org, pack=pack, recurring=name, since=since, next_at=due))


async def versions_of(
    tx: Transaction, *, org: OrgId, pack: str, new: Mapping[int, Sections] | None = None
) -> list[tuple[date, Sections]]:
    """All versions of the pack, each with its first day, in the order in which they come into force."""
    fresh = new or {}
    return [
        (begins, fresh[number] if number in fresh else (await pinned(tx, org=org, pack=pack, version=number)).sections)
        for number, begins in await versions_in_order(tx, org=org, pack=pack)
    ]


def forces_of(versions: Sequence[tuple[date, Sections]], name: str) -> list[VersionInForce]:
    """What each version says about one recurring case or sample."""
    zones = [(begins, sections, ZoneInfo(sections.pack.zone)) for begins, sections in versions]
    return [
        VersionInForce(
            begins_at=datetime.combine(begins, time.min, zone),
            zone=zone,
            rule=sections.intake.timed_by_id.get(name),
        )
        for begins, sections, zone in zones
    ]
