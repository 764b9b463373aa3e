"""Response models of what the calendar brings: retention, purge certificates, recurring cases."""

from datetime import date, datetime

from pydantic import BaseModel

from services.intake.api.paper_answers import RefusalView, TextView


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


class RecurringPeriodView(BaseModel):
    """What became of one period of a recurring case.

    `opened` with its case; `skipped` because the rule wanted none; `refused` with the code of what refused it.
    `sample` are the numbers of the cases that were drawn from `population`.
    """

    pack: str
    recurring: str
    period: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    decided_at: datetime
    pack_version: int
    outcome: str
    case_id: str | None
    number: str | None
    code: str | None
    population: int | None
    sample: list[str] | None
