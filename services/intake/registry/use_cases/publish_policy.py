"""Publishes a pack for an organisation: checked, numbered, stored and announced in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.looks.store import declare_keys
from services.intake.recurring.use_cases.schedule_recurring import schedule_recurring
from services.intake.registry.announce import announced
from services.intake.registry.rules import PolicyPublished, PublishedVersion, next_version
from services.intake.registry.store.organisations import get_organisation
from services.intake.registry.store.policies import add_version, published_versions
from shared.kernel.ids import OrgId
from shared.packs.language.diagnostics import PackTooLarge
from shared.packs.publishing.accept import Accepted
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import EventTooLarge, append


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """A pack that was checked."""

    org: OrgId
    pack: Accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The version that the pack has now; `created` is false when it had it before."""

    pack: str
    version: PublishedVersion
    created: bool


async def publish_policy(tx: Transaction, cmd: PublishPolicy, *, now: datetime) -> Published:
    """Publish. Raises PackTooLarge, and the refusals of the policy registry."""
    documents, sections = cmd.pack.documents, cmd.pack.sections
    pack = sections.pack.id
    await get_organisation(tx, org=cmd.org, lock=True)
    known = await published_versions(tx, org=cmd.org, pack=pack)
    version = next_version(
        known,
        digest=cmd.pack.digest,
        effective_from=sections.pack.effective_from,
        today=now.astimezone(ZoneInfo(sections.pack.zone)).date(),
    )
    created = version not in known
    if created:
        await add_version(tx, org=cmd.org, pack=pack, version=version, documents=documents)
        await schedule_recurring(tx, org=cmd.org, pack=pack, new={version.version: sections}, now=now)
        change = PolicyPublished(org=cmd.org, pack=pack, version=version, documents=documents, at=now)
        try:
            await append(tx, announced(change))
        except EventTooLarge as error:
            raise PackTooLarge(detail="a pack has at most 256 KiB", fields=error.fields) from error
        await declare_keys(tx, sections.intake.look_keys, org=cmd.org, pack=pack)
    return Published(pack=pack, version=version, created=created)
