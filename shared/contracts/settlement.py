"""Published by settlement on its topic, keyed by case: what was quoted, agreed, approved, paid."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import topics
from shared.contracts.envelope import ActorV1, Instant, MoneyV1, OfCase, TextV1


class FigureV1(BaseModel):
    """A result beside the amount, which is not paid: what another party bears. `value` is decimal text."""

    model_config = ConfigDict(frozen=True)

    label: TextV1
    value: str
    amount: MoneyV1 | None = None
    unit: str | None = None


class RemedyFacts(OfCase):
    """What every remedy event says. `quantity` is decimal text with `unit`, for remedies in kind.

    `figures` are the further results that the pack names, by step; an amount of 0 is recorded and never paid.
    """

    TOPIC: ClassVar[str] = topics.SETTLEMENT

    remedy_id: str
    remedy: str  # the pack's id, `price_difference`
    mode: str  # money | replacement
    amount: MoneyV1
    quantity: str | None = None
    unit: str | None = None
    figures: dict[str, FigureV1] = Field(default_factory=dict)
    quote_hash: str
    cite: str
    actor: ActorV1


class RemedyQuotedV1(RemedyFacts):
    """An amount was computed and locked under its hash until `expires_at`."""

    TYPE: ClassVar[str] = "remedy.quoted.v1"

    expires_at: Instant


class RemedyQuoteExpiredV1(RemedyFacts):
    """The quote expired before it was accepted; another quote may be made."""

    TYPE: ClassVar[str] = "remedy.quote_expired.v1"


class RemedyOfferedV1(RemedyFacts):
    """The quote was put to the customer."""

    TYPE: ClassVar[str] = "remedy.offered.v1"


class RemedyAcceptedV1(RemedyFacts):
    """The customer accepted; the roles in `remaining` have to approve."""

    TYPE: ClassVar[str] = "remedy.accepted.v1"

    remaining: list[str] = Field(default_factory=list)


class RemedyRejectedV1(RemedyFacts):
    """The customer refused; `final` when no further round will be held."""

    TYPE: ClassVar[str] = "remedy.rejected.v1"

    final: bool


class RemedyApprovalRecordedV1(RemedyFacts):
    """One needed approval was given; more are outstanding (`remaining`, roles)."""

    TYPE: ClassVar[str] = "remedy.approval_recorded.v1"

    remaining: list[str] = Field(default_factory=list)


class RemedyApprovedV1(RemedyFacts):
    """All approvals that the amount needs are there."""

    TYPE: ClassVar[str] = "remedy.approved.v1"


class RemedyDeclinedV1(RemedyFacts):
    """An approver said no; the remedy ends here."""

    TYPE: ClassVar[str] = "remedy.declined.v1"


class RemedyCertificateRecordedV1(RemedyFacts):
    """The paper that the tax rule needs was handed in."""

    TYPE: ClassVar[str] = "remedy.certificate_recorded.v1"

    certificate: str
    reference: str


class RemedyPayoutRequestedV1(RemedyFacts):
    """The intent to pay is on record; the ERP will be called with `payment_key`, which never changes.

    A release that did not know the field published events without a key.
    """

    TYPE: ClassVar[str] = "remedy.payout_requested.v1"

    payment_key: str | None = None


class RemedyPayoutPendingV1(RemedyFacts):
    """The ERP has taken the payment and pays later; it is asked until it has."""

    TYPE: ClassVar[str] = "remedy.payout_pending.v1"


class RemedyPayoutInDoubtV1(RemedyFacts):
    """Whether money moved is unknown: the ERP is being asked, and nothing is sent again blindly.

    Said again when the payout is `quarantined`, because a person has to decide then. `reason` is for people.
    """

    TYPE: ClassVar[str] = "remedy.payout_in_doubt.v1"

    reason: str = ""
    quarantined: bool = False


class RemedyPayoutFailedV1(RemedyFacts):
    """The ERP refused, `code` and `reason` in its words; nothing was paid."""

    TYPE: ClassVar[str] = "remedy.payout_failed.v1"

    reason: str
    code: str | None = None


class RemedyPayoutReversedV1(RemedyFacts):
    """A payment failed or came back after it was paid: its entry is reversed and the remedy can be paid again.

    `code` and `reason` are the ERP's words, `provider_reference` is its number of the payment.
    """

    TYPE: ClassVar[str] = "remedy.payout_reversed.v1"

    provider_reference: str
    reason: str
    code: str | None = None


class RemedyExecutedV1(RemedyFacts):
    """Paid (or released) exactly once and booked, or approved with an amount of 0, which is not paid.

    Net and tax are set where an invoice is reversed.
    """

    TYPE: ClassVar[str] = "remedy.executed.v1"

    provider_reference: str
    net: MoneyV1 | None = None
    tax: MoneyV1 | None = None


class RemedyGoodsReturnedV1(RemedyFacts):
    """Goods came back; `returned` is the running total (decimal text)."""

    TYPE: ClassVar[str] = "remedy.goods_returned.v1"

    returned: str


class RemedyReplacementReleasedV1(RemedyFacts):
    """Replacement goods were released; `released` is the running total (decimal text)."""

    TYPE: ClassVar[str] = "remedy.replacement_released.v1"

    released: str


class WithdrawalFacts(RemedyFacts):
    """What a step of the case said of a remedy: `reason` and `step_cite` are the step's, `cite` is the remedy's rule.

    `step_at` is when the step was recorded, `found` the remedy's state when settlement heard of it.
    """

    step: str
    reason: TextV1
    step_cite: str
    step_at: Instant
    found: str


class RemedyWithdrawnV1(WithdrawalFacts):
    """A step of the case has ended the remedy before anything of it was paid or released; another may be offered."""

    TYPE: ClassVar[str] = "remedy.withdrawn.v1"


class RemedyNotWithdrawnV1(WithdrawalFacts):
    """A step of the case was to end the remedy, but its money or goods are on their way, or it is paid; said once.

    Money that comes back afterwards withdraws it (`remedy.withdrawn`).
    """

    TYPE: ClassVar[str] = "remedy.not_withdrawn.v1"
