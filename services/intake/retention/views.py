"""Retention and purge certificates as they are answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.intake.cases.rules.case import Case
from services.intake.entries.views import RefusalView, TextView, refusal_view, text_view
from services.intake.evidence.views import ErasureView, erasure_view
from services.intake.retention.rules import Certificate, RetentionStatus, item_as_mapping
from services.intake.retention.store import PurgeRow
from services.intake.terms.rules import FileTerm, Place, Running
from shared.packs.intake.model.retention import Retention, Term
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.edge import StrictModel
from shared.platform.http.one_of import one_of


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


class TermView(BaseModel):
    """A rule of the pack that says how long the case or a file is kept, and why it decides or not."""

    rule: str = Field(description="The rule of the pack, by its name.")
    label: TextView
    cite: str
    keep: str = Field(description="How long, as the pack says it: `90 day`.")
    counts_from: str = Field(description="The milestone from whose day the time counts.")
    after: str | None = Field(
        description="`files` where the time counts from the end of the last term of the files, if that is later."
    )
    kept_since: datetime | None = Field(description="When that milestone was reached; null before that.")
    until: date | None = Field(description="The first day after the time, in the pack's zone; null before it runs.")
    place: Annotated[str, one_of(Place)] = Field(description="Whether this rule decides, or why it does not.")


class FileTermView(BaseModel):
    """How long a file is kept. Without a rule that decides it is kept as long as its case."""

    evidence_id: str
    kind: str = Field(description="The kind of evidence, by its name in the pack.")
    sha256: str = Field(description="SHA-256 of the file, in hexadecimal.")
    until: date | None = Field(description="The first day on which the file may go; null where none is known.")
    rules: list[TermView] = Field(description="The rules for files of this kind, in the order of the pack.")
    erased: ErasureView | None = Field(description="What stays of it once it was erased; null while it is kept.")


class HoldView(BaseModel):
    """The rule that holds the case and its files back."""

    rule: str = Field(description="The rule of the pack, by its name.")
    label: TextView
    cite: str


class RetentionExplainedView(BaseModel):
    """Until when the case and each of its files are kept, and by which rule."""

    retention: RetentionView | None
    rules: list[TermView] = Field(description="The rules for cases of this type, in the order of the pack.")
    hold: HoldView | None = Field(description="What holds the case and its files back now; null where nothing does.")
    evidence: list[FileTermView] = Field(description="The files of the case, with the rules for each.")


def explained_view(
    found: RetentionStatus | None,
    case: Case,
    *,
    rules: Sequence[Running[Retention]],
    files: Sequence[FileTerm],
    hold: Retention | None,
) -> RetentionExplainedView:
    """How long the case and its files are kept, and why."""
    return RetentionExplainedView(
        retention=retention_view(found, case) if found else None,
        rules=[_term_view(each) for each in rules],
        hold=HoldView(rule=hold.id, label=text_view(hold.label), cite=hold.cite) if hold else None,
        evidence=[_file_view(each) for each in files],
    )


def _file_view(term: FileTerm) -> FileTermView:
    file, running = term.file, term.deciding
    return FileTermView(
        evidence_id=file.evidence_id,
        kind=file.kind,
        sha256=file.sha256,
        until=running.until if running else None,
        rules=[_term_view(each) for each in term.rules],
        erased=erasure_view(file.erasure) if file.erasure else None,
    )


def _term_view(running: Running[Any]) -> TermView:
    rule: Term = running.rule
    return TermView(
        rule=rule.id,
        label=text_view(rule.label),
        cite=rule.cite,
        keep=f"{rule.keep.amount} {rule.keep.unit}",
        counts_from=rule.from_,
        after=rule.after if isinstance(rule, Retention) else None,
        kept_since=running.since,
        until=running.until,
        place=running.place,
    )
