"""What happened to a remedy; `announce` maps each to the published contract of the same name."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.calculation.rules.quote import Split
from services.settlement.remedies.rules.withdrawal import Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyQuoted:
    """An amount was computed and stored under its hash."""

    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOffered:
    """The quote was put to the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyAccepted:
    """The customer accepted; these roles have to approve."""

    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyRejected:
    """The customer refused."""

    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyApprovalRecorded:
    """One approval was given; these roles are still missing."""

    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyApproved:
    """All approvals were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyDeclined:
    """An approver declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyQuoteExpired:
    """The quote's time ran out before it was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyCertificateRecorded:
    """The tax certificate was handed in."""

    certificate: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPayoutRequested:
    """The intent to pay is stored, under the key with which the ERP is called."""

    payment_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPayoutPending:
    """The ERP has taken the payment and pays later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPayoutInDoubt:
    """Whether money moved is unknown; `quarantined` when a person has to decide."""

    reason: str
    quarantined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPayoutFailed:
    """The ERP refused; nothing was paid."""

    reason: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPayoutReversed:
    """A payment failed or came back after it was paid."""

    reference: str
    reason: str
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyExecuted:
    """Paid or released in full, or approved with nothing to pay."""

    reference: str
    split: Split | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyGoodsReturned:
    """Goods came back; the running total."""

    returned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyReplacementReleased:
    """Replacement goods went out; the running total."""

    released: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyWithdrawn:
    """A step of the case has ended it."""

    withdrawal: Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyNotWithdrawn:
    """A step of the case was to end it, but its money or goods are on their way."""

    withdrawal: Withdrawal


RemedyEvent = (
    RemedyQuoted
    | RemedyOffered
    | RemedyAccepted
    | RemedyRejected
    | RemedyApprovalRecorded
    | RemedyApproved
    | RemedyDeclined
    | RemedyQuoteExpired
    | RemedyCertificateRecorded
    | RemedyPayoutRequested
    | RemedyPayoutPending
    | RemedyPayoutInDoubt
    | RemedyPayoutFailed
    | RemedyPayoutReversed
    | RemedyExecuted
    | RemedyGoodsReturned
    | RemedyReplacementReleased
    | RemedyWithdrawn
    | RemedyNotWithdrawn
)
