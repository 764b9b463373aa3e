"""A pack becomes the law of an organisation: checked whole, numbered, stored and announced in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.recurring.use_cases.schedule_recurring import schedule_recurring
from services.intake.registry.rules import PublishedVersion, next_version
from services.intake.registry.store.organisations import get_organisation
from services.intake.registry.store.policies import add_version, published_versions
from shared.contracts.registry import PolicyPublishedV1
from shared.kernel.ids import OrgId
from shared.packs.documents import Documents, Sections, digest
from shared.packs.language.diagnostics import PackTooLarge
from shared.packs.publishing.accept import accepted
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import EventTooLarge, Outgoing, append


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """The five documents of a pack; `effective_from`, when given, replaces the pack's own."""

    documents: Mapping[str, dict[str, Any]]
    effective_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The version that the pack has now; `created` is false when it had it before."""

    pack: str
    version: PublishedVersion
    created: bool


async def publish_policy(tx: Transaction, cmd: PublishPolicy, *, org: OrgId, now: datetime) -> Published:
    """Publish for `org`. Raises PackInvalid, PackTooLarge, and the refusals of the policy registry."""
    documents = _documents(cmd)
    sections = accepted(documents)
    await get_organisation(tx, org, for_update=True)
    known = await published_versions(tx, org, pack=sections.pack.id)
    version = next_version(
        known,
        digest=digest(documents),
        effective_from=sections.pack.effective_from,
        today=now.astimezone(ZoneInfo(sections.pack.zone)).date(),
    )
    created = version not in known
    if created:
        await add_version(tx, org, pack=sections.pack.id, version=version, documents=documents)
        await schedule_recurring(tx, org, {version.version: sections}, pack=sections.pack.id, now=now)
        await _announce(tx, org, version, sections=sections, documents=documents, now=now)
    return Published(pack=sections.pack.id, version=version, created=created)


def _documents(cmd: PublishPolicy) -> Documents:
    if cmd.effective_from is None:
        return cmd.documents
    pack = {**cmd.documents.get("pack", {}), "effective_from": cmd.effective_from.isoformat()}
    return {**cmd.documents, "pack": pack}


async def _announce(
    tx: Transaction, org: OrgId, version: PublishedVersion, *, sections: Sections, documents: Documents, now: datetime
) -> None:
    data = PolicyPublishedV1(
        organisation_id=org,
        pack=sections.pack.id,
        version=version.version,
        effective_from=version.effective_from,
        digest=version.digest,
        sections=dict(documents),
    )
    event = Outgoing(
        org=org,
        key=org,
        aggregate="policy",
        aggregate_id=f"{org}/{sections.pack.id}",
        version=version.version,
        occurred_at=now,
        data=data,
    )
    try:
        await append(tx, [event])
    except EventTooLarge as error:
        raise PackTooLarge(detail="a pack has at most 256 KiB", fields=error.fields) from error
