"""What happened to a remedy; `announce` turns each into its published contract."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain.quote import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """An amount was computed and locked."""

    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The quote was put to the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The customer accepted; these roles have to approve."""

    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The customer refused."""

    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven:
    """One approval came; these roles are still missing."""

    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """All approvals are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """An approver said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """The quote's time ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecorded:
    """The tax paper was handed in."""

    certificate: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequested:
    """The intent to pay is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutInDoubt:
    """Nobody knows whether money moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailed:
    """The ERP refused."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """Paid or released in full, or approved with nothing to pay."""

    reference: str
    split: Split | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReturned:
    """Goods came back; the running total."""

    returned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Replacement goods went out; the running total."""

    released: str


Event = (
    Quoted
    | Offered
    | Accepted
    | Refused
    | ApprovalGiven
    | Approved
    | Declined
    | Expired
    | CertificateRecorded
    | PayoutRequested
    | PayoutInDoubt
    | PayoutFailed
    | Executed
    | GoodsReturned
    | Released
)
