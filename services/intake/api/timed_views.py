"""From the domain to the response models of retention."""

from services.intake.api import paper_views as papers
from services.intake.api import timed_answers
from services.intake.api.paper_answers import RefusalView
from services.intake.api.titles import TITLES
from services.intake.db.purges import PurgeRow
from services.intake.domain.case import Case
from services.intake.domain.retention import Certificate, Standing, as_mapping
from shared.kernel.errors import ServiceError
from shared.packs.intake.model import IntakeSection
from shared.platform.http.problems import title_of


def retention(found: Standing, case: Case) -> timed_answers.RetentionView:
    """Since when the case may be purged, or why not."""
    return timed_answers.RetentionView(
        rule=found.rule.id,
        label=papers.text(found.rule.label),
        cite=found.rule.cite,
        roles=list(found.rule.roles),
        kept_since=found.since,
        purgeable_on=found.purgeable_on,
        allowed=found.refusal is None,
        refusal=refusal(found.refusal) if found.refusal else None,
        purged=case.is_purged,
    )


def refusal(error: ServiceError) -> RefusalView:
    """What would be refused, and why."""
    title = title_of(error, titles=TITLES)
    return RefusalView(
        code=error.code,
        title=title.en,
        title_zh=title.zh,
        cite=error.cite,
        detail=error.detail,
        fields=error.fields,
    )


def certificate(made: Certificate) -> timed_answers.CertificateView:
    """A certificate just made."""
    return timed_answers.CertificateView(
        certificate=made.number,
        case_id=made.case_id,
        rule=made.rule.id,
        label=papers.text(made.rule.label),
        cite=made.rule.cite,
        kept_since=made.since,
        purged_at=made.purged_at,
        purged_by=made.purged_by.subject,
        files_erased_at=None,
        entries=[timed_answers.GoneView.model_validate(as_mapping(item)) for item in made.gone],
        sha256=made.sha256,
    )


def stored_certificate(row: PurgeRow, section: IntakeSection, *, case_id: str) -> timed_answers.CertificateView:
    """A certificate on record."""
    rule = next(rule for rule in section.retention if rule.id == row.rule)
    return timed_answers.CertificateView(
        certificate=row.number,
        case_id=case_id,
        rule=row.rule,
        label=papers.text(rule.label),
        cite=rule.cite,
        kept_since=row.kept_since,
        purged_at=row.purged_at,
        purged_by=row.purged_by,
        files_erased_at=row.files_erased_at,
        entries=[timed_answers.GoneView(**entry) for entry in row.entries],
        sha256=row.sha256,
    )
