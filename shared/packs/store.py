"""Published policies as every service holds them: the version a case is pinned to, parsed once.

A process parses each distinct pack once (by digest), however many organisations publish it, and keeps
a bounded number. A pinned version that has not arrived yet is `Unavailable`: the caller tries again.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cachetools import LRUCache
from pydantic import ValidationError
from sqlalchemy import select

from shared.kernel.errors import Conflict, Rejected, ServiceError, Unavailable
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.packs.documents import Documents, Sections, parse_sections
from shared.packs.intake.model.section import IntakeSection
from shared.packs.notify.model.section import NotifySection
from shared.packs.pack.model import PackSection
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.sla.model.section import SlaSection
from shared.platform.db.transaction import Transaction


class PolicyNotHereYet(Unavailable):
    """The version was published, but its event has not reached this service yet."""

    code = "policy_not_here_yet"
    title = Text(en="Policy version not available yet", zh="规则尚未同步，请重试")


class NoEffectivePolicy(Conflict):
    """No published version of the pack is in force at that instant."""

    code = "no_effective_policy"
    title = Text(en="No policy in effect at that instant", zh="该时刻没有生效的规则")


class PackRequired(Rejected):
    """The organisation works with several packs; the request must say which. `fields.packs` lists them."""

    code = "pack_required"
    title = Text(en="Policy pack not specified", zh="需要指明规则包")


class PublishedPolicyUnreadable(ServiceError):
    """A stored version no longer fits this program's schema: a defect, never the client's fault."""

    code = "published_policy_unreadable"
    title = Text(en="Published policy unreadable", zh="已发布的规则无法读取")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One published version of a pack in one organisation."""

    org: OrgId
    name: str
    version: int
    effective_from: date
    digest: str
    sections: Sections

    @property
    def pack(self) -> PackSection:
        return self.sections.pack

    @property
    def intake(self) -> IntakeSection:
        return self.sections.intake

    @property
    def sla(self) -> SlaSection:
        return self.sections.sla

    @property
    def settlement(self) -> SettlementSection:
        return self.sections.settlement

    @property
    def notify(self) -> NotifySection:
        return self.sections.notify

    def effective_at(self) -> datetime:
        """The instant from which cases are taken under it: the start of its first day in the pack's zone."""
        return datetime.combine(self.effective_from, time.min, ZoneInfo(self.pack.zone)).astimezone(UTC)


_parsed: Final[LRUCache[str, Sections]] = LRUCache(256)
_policies: Final[LRUCache[tuple[str, OrgId, str, int], Policy]] = LRUCache(16_384)


async def pinned(tx: Transaction, *, org: OrgId, pack: str, version: int) -> Policy:
    """The version a case is pinned to. Raises PolicyNotHereYet until it has arrived."""
    key = (tx.kernel.schema, org, pack, version)
    if (known := _policies.get(key)) is not None:
        return known
    table = tx.kernel.policy_version
    found = select(table.c.effective_from, table.c.digest, table.c.sections).where(
        table.c.org_id == org, table.c.pack == pack, table.c.version == version
    )
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        raise PolicyNotHereYet(detail=f"{pack} version {version} has not arrived")
    _policies[key] = policy = Policy(
        org=org,
        name=pack,
        version=version,
        effective_from=row.effective_from,
        digest=row.digest,
        sections=sections_of(row.digest, row.sections),
    )
    return policy


async def effective(tx: Transaction, *, org: OrgId, pack: str | None, at: datetime) -> Policy:
    """The newest version in force at `at`. Raises NoEffectivePolicy when there is none.

    `pack` may be left out when the organisation has published only one, else PackRequired. For what is
    not about one case: a case is pinned to the version it was registered under.
    """
    begun = await _begun(tx, org=org, pack=pack, at=at)
    if len(begun) > 1:
        raise PackRequired(detail="say which pack", fields={"packs": sorted(begun)})
    for name, versions in begun.items():
        if (policy := await _newest(tx, org=org, pack=name, versions=versions, at=at)) is not None:
            return policy
    raise NoEffectivePolicy(detail="no policy was in force at that instant")


async def in_force(tx: Transaction, *, org: OrgId, at: datetime) -> list[Policy]:
    """The version of each pack in force at `at`, in the order of the packs' names."""
    begun = await _begun(tx, org=org, pack=None, at=at)
    found = [
        await _newest(tx, org=org, pack=name, versions=versions, at=at) for name, versions in sorted(begun.items())
    ]
    return [policy for policy in found if policy is not None]


async def _begun(tx: Transaction, *, org: OrgId, pack: str | None, at: datetime) -> dict[str, list[int]]:
    """Versions that may be in force at `at`, newest first, by their packs."""
    table = tx.kernel.policy_version
    query = select(table.c.pack, table.c.version).where(
        table.c.org_id == org, table.c.effective_from <= at.astimezone(UTC).date() + timedelta(days=1)
    )
    if pack is not None:
        query = query.where(table.c.pack == pack)
    begun: dict[str, list[int]] = {}
    for row in await tx.execute(query.order_by(table.c.version.desc())):
        begun.setdefault(row.pack, []).append(row.version)
    return begun


async def _newest(tx: Transaction, *, org: OrgId, pack: str, versions: list[int], at: datetime) -> Policy | None:
    for version in versions:
        policy = await pinned(tx, org=org, pack=pack, version=version)
        if policy.effective_at() <= at:
            return policy
    return None


def sections_of(key: str, documents: Documents) -> Sections:
    """The parsed sections of published documents under their digest; parsed once for equal documents."""
    if (known := known_sections(key)) is not None:
        return known
    try:
        return keep_sections(key, parse_sections(documents))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise PublishedPolicyUnreadable(detail=f"{key}: {fault['loc']}: {fault['msg']}") from error


def known_sections(key: str) -> Sections | None:
    """The sections of a digest, when this process has parsed such a pack lately."""
    return _parsed.get(key)


def keep_sections(key: str, sections: Sections) -> Sections:
    """Remember the sections of a digest."""
    _parsed[key] = sections
    return sections
