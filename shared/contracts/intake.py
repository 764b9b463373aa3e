"""Published by intake on its topic, keyed by case: what happened to a case."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import topics
from shared.contracts.envelope import ActorV1, Contract, Instant, OfCase, TextV1

Fact = str | int | bool | None | list[str]


class PolicyRefV1(BaseModel):
    """The pack version that a case is pinned to for its whole life."""

    model_config = ConfigDict(frozen=True)

    pack: str
    version: int


class ParentRefV1(BaseModel):
    """The case that opened this one, and what this one is to it (`rectification`)."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    number: str
    relation: str


class DocumentRefV1(BaseModel):
    """A document's identity and the fields other services need (decimals as text, no personal data)."""

    model_config = ConfigDict(frozen=True)

    document_id: str
    template: str
    number: str
    state: Literal["draft", "signing", "final", "superseded"]
    fields: dict[str, Fact] = Field(default_factory=dict)
    signed_by: list[str] = Field(default_factory=list)  # signer roles, in order
    recipients: list[str] = Field(default_factory=list)  # holders of copies, roles
    sha256: str | None = None  # of the canonical content, once final


class RecordV1(BaseModel):
    """An entry of a kind the pack declares (sample, lab report, …)."""

    model_config = ConfigDict(frozen=True)

    record_id: str
    kind: str
    fields: dict[str, Fact] = Field(default_factory=dict)


class PartyRecordedV1(Contract):
    """How to reach a person or organisation on a case. Personal data: only notify consumes it."""

    TYPE: ClassVar[str] = "party.recorded.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    case_id: str
    role: str  # `customer`, or a pack role such as `finance`
    name: str
    email: str | None = None
    phone: str | None = None
    locale: str = "zh-CN"


class WithdrawsV1(BaseModel):
    """Remedies of the case that a step ends where they are open and nothing of them is on its way."""

    model_config = ConfigDict(frozen=True)

    remedies: list[str] | None = None  # the pack's ids; None: of every id
    earlier_than: str | None = None  # a remedy: only those quoted before it, because the step was taken upon it
    label: TextV1  # why, for people
    cite: str


class CaseRegisteredV1(OfCase):
    """A case exists and is pinned to a policy version. Milestone `case.registered`."""

    TYPE: ClassVar[str] = "case.registered.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    number: str
    case_type: str
    channel: str
    status: str
    policy: PolicyRefV1
    received_at: Instant
    first_responder: str
    owner: str  # role
    customer_ref: str
    facts: dict[str, Fact] = Field(default_factory=dict)
    actor: ActorV1
    parent: ParentRefV1 | None = None


class CaseAdvancedV1(OfCase):
    """A step was taken. `milestones` are the canonical names it reached, in order.

    `facts` is the whole set of shared facts after the step (not a delta), so a consumer replaces its copy.
    """

    TYPE: ClassVar[str] = "case.advanced.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    number: str
    case_type: str  # that after the step
    previous_case_type: str | None = None  # that before it, where the step changed it
    step: str
    milestones: list[str]
    status: str
    facts: dict[str, Fact] = Field(default_factory=dict)
    details: dict[str, Any] = Field(default_factory=dict)  # the step's shared inputs, for message templates
    document: DocumentRefV1 | None = None
    record: RecordV1 | None = None
    withdraws: list[WithdrawsV1] = Field(default_factory=list)
    owner: str
    first_responder: str
    actor: ActorV1
    at: Instant  # when it happened in the field; `occurred_at` is when it was recorded
    cite: str | None = None


class CaseCorrectedV1(OfCase):
    """What was written down wrongly about the customer was put right: `customer_ref` and `order_ref` are right now.

    How the customer is reached is told by `party.recorded`.
    """

    TYPE: ClassVar[str] = "case.corrected.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    case_type: str
    fields: list[str]  # what was corrected: `name`, `email`, `phone`, `customer_ref`, `order_ref`
    actor: ActorV1
    at: Instant


class EvidenceAddedV1(OfCase):
    """A file was stored. Milestone `evidence.added`."""

    TYPE: ClassVar[str] = "evidence.added.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    evidence_id: str
    kind: str
    media_type: str
    size: int
    sha256: str
    actor: ActorV1


class CasePurgedV1(OfCase):
    """The case's time of keeping was over and its contents were erased. Milestone `case.purged`.

    A consumer that keeps personal data of the case erases it as well.
    """

    TYPE: ClassVar[str] = "case.purged.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    number: str
    case_type: str
    rule: str  # of the pack's `retention`
    certificate: str  # its number
    sha256: str  # over the certificate
    actor: ActorV1
    at: Instant
    cite: str


class LinkIssuedV1(OfCase):
    """A link to the case was issued. It tells no secret: the token needs a key of the settings as well."""

    TYPE: ClassVar[str] = "link.issued.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    link_id: str
    holder: Literal["customer", "contact"]
    contact_id: str | None = None
    may: list[str]
    once: list[str]
    issued_at: Instant
    expires_at: Instant
    actor: ActorV1


class LinkRevokedV1(OfCase):
    """A link to the case holds no longer."""

    TYPE: ClassVar[str] = "link.revoked.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    link_id: str
    at: Instant
    actor: ActorV1
