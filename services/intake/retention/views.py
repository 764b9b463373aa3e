"""Retention and purge certificates as they are answered."""

from datetime import date, datetime

from pydantic import BaseModel

from services.intake.cases.rules.case import Case
from services.intake.entries.views import RefusalView, TextView, refusal_view, text_view
from services.intake.retention.rules import Certificate, RetentionStatus, item_as_mapping
from services.intake.retention.store import PurgeRow
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.edge import StrictModel


class PurgeBody(StrictModel):
    """Nothing: the pack says which rule lets the case go."""


class RetentionView(BaseModel):
    """How long the case is kept: since when, until which day, and what a purge would be refused with now."""

    rule: str
    label: TextView
    cite: str
    roles: list[str]
    kept_since: datetime | None
    purgeable_on: date | None
    allowed: bool
    refusal: RefusalView | None
    purged: bool


class GoneView(BaseModel):
    """What a purge erased: one thing with its hash, or how many of a kind."""

    what: str
    kind: str
    count: int
    id: str | None
    number: str | None
    sha256: str | None


class CertificateView(BaseModel):
    """What was purged, by whom, under which rule. `files_erased_at` follows when the store is rid of the files."""

    certificate: str
    case_id: str
    rule: str
    label: TextView
    cite: str
    kept_since: datetime
    purged_at: datetime
    purged_by: str
    files_erased_at: datetime | None
    entries: list[GoneView]
    sha256: str


def retention_view(found: RetentionStatus, case: Case) -> RetentionView:
    """Since when the case may be purged, or why not."""
    return RetentionView(
        rule=found.rule.id,
        label=text_view(found.rule.label),
        cite=found.rule.cite,
        roles=list(found.rule.roles),
        kept_since=found.since,
        purgeable_on=found.purgeable_on,
        allowed=found.refusal is None,
        refusal=refusal_view(found.refusal) if found.refusal else None,
        purged=case.is_purged,
    )


def certificate_view(made: Certificate) -> CertificateView:
    """A certificate just made."""
    return CertificateView(
        certificate=made.number,
        case_id=made.case_id,
        rule=made.rule.id,
        label=text_view(made.rule.label),
        cite=made.rule.cite,
        kept_since=made.since,
        purged_at=made.purged_at,
        purged_by=made.purged_by.subject,
        files_erased_at=None,
        entries=[GoneView.model_validate(item_as_mapping(item)) for item in made.erased],
        sha256=made.sha256,
    )


def stored_certificate_view(row: PurgeRow, section: IntakeSection, *, case_id: str) -> CertificateView:
    """A certificate on record."""
    rule = next(rule for rule in section.retention if rule.id == row.rule)
    return CertificateView(
        certificate=row.number,
        case_id=case_id,
        rule=row.rule,
        label=text_view(rule.label),
        cite=rule.cite,
        kept_since=row.kept_since,
        purged_at=row.purged_at,
        purged_by=row.purged_by,
        files_erased_at=row.files_erased_at,
        entries=[GoneView(**entry) for entry in row.entries],
        sha256=row.sha256,
    )
