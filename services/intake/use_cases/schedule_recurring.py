"""A version of a pack was published: from when each of its recurring cases is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from services.intake.db import policies, recurring
from services.intake.db.recurring import Recurrence
from services.intake.domain.policy_registry import PublishedVersion
from services.intake.domain.recurring import Force, next_opening
from shared.kernel.ids import OrgId
from shared.packs.documents import Sections
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def schedule_recurring(
    tx: Transaction, org: OrgId, new: Mapping[PublishedVersion, Sections], *, pack: str, now: datetime
) -> None:
    """Follow the `new` version, which is stored in this transaction and may yet be undone, so nobody may remember it.

    What is due and not opened yet stays due; nothing before `now` becomes due.
    """
    known = await recurring.of_pack(tx, org=org, pack=pack)
    versions = await versions_of(tx, org, pack=pack, new=new)
    for name in sorted({*known, *(item.id for _, sections in versions for item in sections.intake.recurring)}):
        present = known.get(name)
        if present is not None and present.next_at is not None and present.next_at <= now:
            continue
        since = now if present is None else max(present.since, now)
        due = next_opening(forces_of(versions, name), since=since)
        await recurring.save(tx, Recurrence(org=org, pack=pack, recurring=name, since=since, next_at=due))


async def versions_of(
    tx: Transaction, org: OrgId, *, pack: str, new: Mapping[PublishedVersion, Sections] | None = None
) -> list[tuple[PublishedVersion, Sections]]:
    """All versions of the pack in the order in which they come into force."""
    fresh = new or {}
    found = await policies.published(tx, org, pack=pack)
    return [
        (item, fresh[item] if item in fresh else (await pinned(tx, org=org, pack=pack, version=item.version)).sections)
        for item in sorted(found, key=lambda item: item.version)
    ]


def forces_of(versions: Sequence[tuple[PublishedVersion, Sections]], name: str) -> list[Force]:
    """What each version says about one recurring case."""
    zones = [(item, sections, ZoneInfo(sections.pack.zone)) for item, sections in versions]
    return [
        Force(
            begins_at=datetime.combine(item.effective_from, time.min, zone),
            zone=zone,
            rule=sections.intake.recurring_by_id.get(name),
        )
        for item, sections, zone in zones
    ]
