"""A remedy's life: quoted → offered → accepted → approved → payout_requested → executed, and the ways out of it.

Every transition lists all states; the ones that forbid it raise IllegalTransition with from, action and where it is
allowed. A state never changes without the events that say so, except expiry, which nobody waits for.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, assert_never

from services.settlement.domain import events, replacement
from services.settlement.domain.approval import Approval
from services.settlement.domain.errors import IllegalTransition
from services.settlement.domain.figures import plain
from services.settlement.domain.quote import Quote
from services.settlement.domain.state import ALLOWED_FROM, State
from shared.kernel.ids import CaseId, OrgId
from shared.packs.settlement.model import Mode

NOTHING_TO_PAY: Final = "nothing_to_pay"
"""The reference of a remedy that ended without a payout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A tax paper that was handed in."""

    certificate: str
    reference: str
    recorded_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One remedy of one case. `version` counts its events."""

    org: OrgId
    case_id: CaseId
    remedy_id: str
    remedy: str
    mode: Mode
    cite: str
    state: State
    quote: Quote
    quoted_at: datetime
    expires_at: datetime
    version: int = 0
    approvals: tuple[Approval, ...] = ()
    certificate: Certificate | None = None
    round: int | None = None
    consent: bool | None = None
    returned: Decimal = Decimal(0)
    released: Decimal = Decimal(0)
    reason: str | None = None
    final: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The remedy afterwards and what there is to tell."""

    remedy: Remedy
    events: tuple[events.Event, ...]


def quoted(remedy: Remedy) -> Change:
    """A new quote."""
    return _changed(remedy, events.Quoted(expires_at=remedy.expires_at))


def offer(remedy: Remedy, *, number: int) -> Change:
    """Put the quote to the customer, in round `number`."""
    match remedy.state:
        case State.QUOTED:
            return _changed(replace(remedy, state=State.OFFERED, round=number), events.Offered())
        case (
            State.OFFERED | State.ACCEPTED | State.APPROVED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "offer")
        case never:
            assert_never(never)


def accept(remedy: Remedy, *, consent: bool | None, remaining: tuple[str, ...]) -> Change:
    """The customer agrees; `consent` where the rule asks for it in so many words, `remaining` roles approve now."""
    match remedy.state:
        case State.OFFERED:
            after = replace(remedy, state=State.ACCEPTED, consent=consent)
            return _changed(after, events.Accepted(remaining=remaining))
        case (
            State.QUOTED | State.ACCEPTED | State.APPROVED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "accept")
        case never:
            assert_never(never)


def reject(remedy: Remedy, *, final: bool, reason: str) -> Change:
    """The customer refuses."""
    match remedy.state:
        case State.OFFERED:
            after = replace(remedy, state=State.REJECTED, final=final, reason=reason)
            return _changed(after, events.Refused(final=final))
        case (
            State.QUOTED | State.ACCEPTED | State.APPROVED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "reject")
        case never:
            assert_never(never)


def approve(remedy: Remedy, *, approval: Approval, remaining: tuple[str, ...]) -> Change:
    """One more approval; the last one approves the remedy, and ends one in which there is nothing to pay."""
    match remedy.state:
        case State.ACCEPTED:
            after = replace(remedy, approvals=(*remedy.approvals, approval))
            if remaining:
                return _changed(after, events.ApprovalGiven(remaining=remaining))
            if remedy.quote.is_nothing_to_pay:
                done = replace(after, state=State.EXECUTED, reference=NOTHING_TO_PAY)
                told = events.Executed(reference=NOTHING_TO_PAY, split=remedy.quote.split)
                return _changed(done, events.Approved(), told)
            return _changed(replace(after, state=State.APPROVED), events.Approved())
        case (
            State.QUOTED | State.OFFERED | State.APPROVED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "approve")
        case never:
            assert_never(never)


def decline(remedy: Remedy, *, reason: str) -> Change:
    """An approver says no, before anything was paid or released."""
    match remedy.state:
        case State.ACCEPTED | State.APPROVED:
            replacement.require_nothing_released(remedy.released, cite=remedy.cite)
            return _changed(replace(remedy, state=State.DECLINED, reason=reason), events.Declined())
        case (
            State.QUOTED | State.OFFERED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "decline")
        case never:
            assert_never(never)


def record_certificate(remedy: Remedy, certificate: Certificate) -> Change:
    """The tax paper is handed in, or replaced by a corrected one."""
    match remedy.state:
        case State.ACCEPTED | State.APPROVED:
            told = events.CertificateRecorded(certificate=certificate.certificate, reference=certificate.reference)
            return _changed(replace(remedy, certificate=certificate), told)
        case (
            State.QUOTED | State.OFFERED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "certificate")
        case never:
            assert_never(never)


def book_return(remedy: Remedy, *, quantity: Decimal) -> Change:
    """Goods came back; never more than agreed."""
    match remedy.state:
        case State.ACCEPTED | State.APPROVED:
            agreed = replacement.agreed(remedy.quote)
            returned = replacement.after_return(agreed, returned=remedy.returned, quantity=quantity)
            return _changed(replace(remedy, returned=returned), events.GoodsReturned(returned=plain(returned)))
        case (
            State.QUOTED | State.OFFERED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "returns")
        case never:
            assert_never(never)


def release(remedy: Remedy, *, quantity: Decimal, reference: str) -> Change:
    """Replacement goods go out; the last of them executes the remedy."""
    match remedy.state:
        case State.APPROVED:
            agreed = replacement.agreed(remedy.quote)
            released = replacement.after_release(
                agreed, returned=remedy.returned, released=remedy.released, quantity=quantity
            )
            after = replace(remedy, released=released)
            told = events.Released(released=plain(released))
            if released < agreed:
                return _changed(after, told)
            done = replace(after, state=State.EXECUTED, reference=reference)
            return _changed(done, told, events.Executed(reference=reference, split=None))
        case (
            State.QUOTED | State.OFFERED | State.ACCEPTED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "release")
        case never:
            assert_never(never)


def request_payout(remedy: Remedy) -> Change:
    """The intent to pay is written down."""
    match remedy.state:
        case State.APPROVED:
            return _changed(replace(remedy, state=State.PAYOUT_REQUESTED), events.PayoutRequested())
        case (
            State.QUOTED | State.OFFERED | State.ACCEPTED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "payout")
        case never:
            assert_never(never)


def doubt(remedy: Remedy) -> Change:
    """Whether money moved is unknown."""
    match remedy.state:
        case State.PAYOUT_REQUESTED:
            return _changed(replace(remedy, state=State.IN_DOUBT), events.PayoutInDoubt())
        case State.IN_DOUBT:
            return Change(remedy=remedy, events=())
        case (
            State.QUOTED | State.OFFERED | State.ACCEPTED | State.APPROVED
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "doubt")
        case never:
            assert_never(never)


def fail(remedy: Remedy, *, reason: str) -> Change:
    """The ERP refused; nothing was paid."""
    match remedy.state:
        case State.PAYOUT_REQUESTED | State.IN_DOUBT:
            return _changed(replace(remedy, state=State.FAILED, reason=reason), events.PayoutFailed(reason=reason))
        case (
            State.QUOTED | State.OFFERED | State.ACCEPTED | State.APPROVED
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "fail")
        case never:
            assert_never(never)


def execute(remedy: Remedy, *, reference: str) -> Change:
    """The ERP has paid exactly this amount."""
    match remedy.state:
        case State.PAYOUT_REQUESTED | State.IN_DOUBT:
            done = replace(remedy, state=State.EXECUTED, reference=reference)
            return _changed(done, events.Executed(reference=reference, split=remedy.quote.split))
        case (
            State.QUOTED | State.OFFERED | State.ACCEPTED | State.APPROVED
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "execute")
        case never:
            assert_never(never)


def expire(remedy: Remedy) -> Change:
    """The quote's time is over and nobody accepted it."""
    match remedy.state:
        case State.QUOTED | State.OFFERED:
            return _changed(replace(remedy, state=State.EXPIRED), events.Expired())
        case (
            State.ACCEPTED | State.APPROVED | State.PAYOUT_REQUESTED | State.IN_DOUBT
            | State.EXECUTED | State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED
        ):  # fmt: skip
            raise illegal(remedy, "expire")
        case never:
            assert_never(never)


def require_state(remedy: Remedy, action: str) -> None:
    """Raise IllegalTransition where `action` is impossible, before anything else is looked at."""
    if remedy.state not in ALLOWED_FROM[action]:
        raise illegal(remedy, action)


def illegal(remedy: Remedy, action: str) -> IllegalTransition:
    """The refusal of `action` in the remedy's state."""
    return IllegalTransition(state=remedy.state, action=action, allowed=ALLOWED_FROM[action], cite=remedy.cite)


def _changed(remedy: Remedy, *told: events.Event) -> Change:
    return Change(remedy=replace(remedy, version=remedy.version + len(told)), events=told)
