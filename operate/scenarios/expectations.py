"""What a scenario may expect to see, once everything a step caused has happened."""

from pydantic import Field

from operate.scenarios.words import Amount, Day, Json, Strict, Text, When


class ClockExpectation(Strict):
    """One clock of the case, found by its pack id."""

    state: str | None = None
    started_at: When | None = None
    due_at: When | None = None
    original_due_at: When | None = None
    goal: str | None = None
    breaches: int | None = None
    cite: str | None = None
    absent: bool | None = None


class ExplainExpectation(Strict):
    """GET …/explain of a clock: days that must be counted, days skipped with a part of the reason."""

    counted: list[Day] | None = None
    skipped: dict[str, str] = {}


class RemedyExpectation(Strict):
    """One remedy of the case, found by its pack id."""

    state: str | None = None
    amount: Amount | None = None
    quantity: Text | None = None
    cite: str | None = None


class DocumentExpectation(Strict):
    """One document of the case, found by its template."""

    state: str | None = None
    recipients: list[str] | None = None
    signed_by: list[str] | None = None
    fields: dict[str, Json] = {}
    absent: bool | None = None


class MessageExpectation(Strict):
    """Messages of the case that match all given keys; exactly `count` of them."""

    rule: str | None = None
    event: str | None = None  # `on` is a boolean in YAML 1.1
    to: str | None = None
    channel: str | None = None
    locale: str | None = None
    state: str | None = None
    contains: str | None = None
    count: int = 1


class MailExpectation(Strict):
    """Mails that really arrived at the SMTP sink for an address."""

    to: str
    contains: str | None = None
    count: int = 1


class PaymentExpectation(Strict):
    """What the ERP booked for this organisation."""

    amounts: list[Amount]


class NextExpectation(Strict):
    """What the case page says may be done next."""

    allowed: list[str] = []
    refused: dict[str, str] = {}
    absent: list[str] = []


class IndicatorExpectation(Strict):
    """One indicator of the organisation in a period, found by its pack id; `cases` are numbers, in any order."""

    period: str
    value: Text | None = None
    met: bool | None = None
    population: int | None = None
    groups: dict[str, int] | None = None
    cases: list[str] | None = None


class LinksExpectation(Strict):
    """The cases linked with this one by a relation: how many, and their owners and statuses in any order."""

    count: int | None = None
    owners: list[str] | None = None
    statuses: list[str] | None = None


class Expect(Strict):
    """What must be seen after a step, once everything it caused has happened."""

    status: str | None = None
    http: int | None = None
    response: Json = None
    case: Json = None
    milestones: list[str] = []
    clocks: dict[str, ClockExpectation] = {}
    explain: dict[str, ExplainExpectation] = {}
    remedies: dict[str, RemedyExpectation] = {}
    explain_amount: dict[str, dict[str, Text]] = {}
    documents: dict[str, DocumentExpectation] = {}
    messages: list[MessageExpectation] = []
    mail: list[MailExpectation] = []
    payments: PaymentExpectation | None = None
    ledger: dict[str, Amount] = {}
    next: NextExpectation | None = None
    webhooks: dict[str, int] = {}
    links: dict[str, LinksExpectation] = {}
    indicators: dict[str, IndicatorExpectation] = {}


class Refused(Strict):
    """The refusal that this step must meet, and which must have no effect."""

    code: str
    status: int | None = None
    cite: str | None = Field(default=None, description="start of the citation, `LG-38`")
    fields: dict[str, Json] = {}
