"""Which version number a published pack gets, and from when it may hold.

A published version never changes and never reaches back before another one or before today, so that a case
keeps the rules under which it was taken. Publishing the very same pack again finds the version it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.kernel.errors import Conflict


class EffectiveFromBeforePublished(Conflict):
    """An already published version begins later; `fields.earliest` is the first day that is free."""

    code = "effective_from_before_published"


class EffectiveFromPast(Conflict):
    """Only a pack's first version may begin in the past; `fields.earliest` is the organisation's today."""

    code = "effective_from_past"


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
