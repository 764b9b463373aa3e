"""Requests and answers about organisations and policies."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.intake.registry.rules import Organisation
from services.intake.registry.store.policies import PolicyRow
from services.intake.registry.use_cases.publish_policy import Published
from shared.platform.http.edge import StrictModel
from shared.platform.http.strict import Day, Instant, ShortText


class CreateOrganisationBody(StrictModel):
    """`simulated_now` puts the organisation on a clock of its own (test and demo only)."""

    name: ShortText
    simulated_now: Instant | None = None


class AdvanceClockBody(StrictModel):
    """The instant that it shall be."""

    now: Instant


class OrganisationView(BaseModel):
    """A tenant and its present instant."""

    organisation_id: str
    name: str
    simulated: bool
    now: datetime


def organisation_view(organisation: Organisation, *, now: datetime) -> OrganisationView:
    return OrganisationView(
        organisation_id=organisation.org,
        name=organisation.name,
        simulated=organisation.simulated_now is not None,
        now=organisation.simulated_now or now,
    )


class DocumentsBody(StrictModel):
    """The five documents of a pack, as its YAML files say them with `extends` carried out."""

    model_config = ConfigDict(str_max_length=None)

    pack: dict[str, Any]
    intake: dict[str, Any] = Field(default_factory=dict)
    sla: dict[str, Any] = Field(default_factory=dict)
    settlement: dict[str, Any] = Field(default_factory=dict)
    notify: dict[str, Any] = Field(default_factory=dict)


class LintPolicyBody(StrictModel):
    """The pack to try."""

    model_config = ConfigDict(str_max_length=None)

    documents: DocumentsBody


class PublishPolicyBody(LintPolicyBody):
    """The pack to publish; `effective_from` replaces the date in `pack`."""

    effective_from: Day | None = None


class FindingView(BaseModel):
    """One fault (`error`) or doubt (`warning`) about a pack."""

    severity: Literal["error", "warning"]
    code: str
    section: str
    message: str


class LintView(BaseModel):
    """What is to be said about a pack; `publishable` when nothing of it is an error."""

    digest: str
    publishable: bool
    findings: list[FindingView] = Field(description="The first two hundred, errors before warnings.")
    more: int = Field(description="How many further findings there are.")


class PublishedView(BaseModel):
    """The version that the pack has now."""

    pack: str
    version: int
    effective_from: date
    digest: str


class PolicyView(PublishedView):
    """A published version."""

    published_at: datetime


class PolicyDocumentsView(PolicyView):
    """A published version with its documents."""

    documents: dict[str, dict[str, Any]]


def policy_fields(row: PolicyRow) -> dict[str, Any]:
    return {
        "pack": row.pack,
        "version": row.version,
        "effective_from": row.effective_from,
        "digest": row.digest,
        "published_at": row.published_at,
    }


def published_view(published: Published) -> PublishedView:
    return PublishedView(
        pack=published.pack,
        version=published.version.version,
        effective_from=published.version.effective_from,
        digest=published.version.digest,
    )
