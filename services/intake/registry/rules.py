"""Which version number a published pack gets, and from when it may hold.

A published version never changes and never reaches back before another one or before today, so that a case
keeps the rules under which it was taken. Publishing the very same pack again finds the version it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.kernel.errors import Conflict, Forbidden
from shared.kernel.ids import OrgId
from shared.kernel.text import Text


class EffectiveFromBeforePublished(Conflict):
    """An already published version begins later; `fields.earliest` is the first day that is free."""

    code = "effective_from_before_published"
    title = Text(en="Effective date before a published version", zh="已有更晚生效的已发布版本")


class EffectiveFromPast(Conflict):
    """Only a pack's first version may begin in the past; `fields.earliest` is the organisation's today."""

    code = "effective_from_past"
    title = Text(en="Effective date in the past", zh="后续版本不得追溯生效")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """One version of one pack in one organisation."""

    version: int
    effective_from: date
    digest: str


def next_version(
    published: Sequence[PublishedVersion], *, digest: str, effective_from: date, today: date
) -> PublishedVersion:
    """The version that publishing this pack makes, or the one that it made before."""
    same = next((version for version in published if version.digest == digest), None)
    if same is not None:
        return same
    if published:
        _refuse_reaching_back(effective_from, latest=max(item.effective_from for item in published), today=today)
    number = max((item.version for item in published), default=0) + 1
    return PublishedVersion(version=number, effective_from=effective_from, digest=digest)


def _refuse_reaching_back(effective_from: date, *, latest: date, today: date) -> None:
    if effective_from < latest:
        raise EffectiveFromBeforePublished(
            detail="a published version begins later", fields={"earliest": latest.isoformat()}
        )
    if effective_from < today:
        raise EffectiveFromPast(
            detail="a later version cannot begin in the past", fields={"earliest": today.isoformat()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A tenant; `simulated_now` is set when it has a simulated clock."""

    org: OrgId
    name: str
    simulated_now: datetime | None


class ClockBackwards(Conflict):
    """A simulated clock is only set forward; `fields.now` is the organisation's instant."""

    code = "clock_backwards"
    title = Text(en="Clock cannot move backwards", zh="时钟已超过该时刻")


class ClockNotSimulated(Conflict):
    """The organisation uses the system clock, which cannot be set."""

    code = "organisation_not_simulated"
    title = Text(en="Organisation has no simulated clock", zh="该组织未使用模拟时钟")


class SimulatedOrganisationForbidden(Forbidden):
    """In production every organisation uses the system clock."""

    code = "simulated_organisation_forbidden"
    title = Text(en="Simulated organisations not allowed", zh="此环境不允许创建模拟组织")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationCreated:
    """An organisation exists since `at`, on its own clock where it has one."""

    organisation: Organisation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAdvanced:
    """The clock of a simulated organisation shows `to`."""

    org: OrgId
    to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPublished:
    """A new version of a pack; `documents` are its sections."""

    org: OrgId
    pack: str
    version: PublishedVersion
    documents: Mapping[str, Mapping[str, object]]
    at: datetime
