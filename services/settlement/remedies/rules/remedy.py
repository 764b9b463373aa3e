"""The remedy and its transitions: quoted → offered → accepted → approved → payout_requested → executed, and the ends.

A transition names itself to `require_transition`, which decides by the table in `states`. The state never changes
without an event that says so. The transitions of approvals, certificates, replacements and payouts are in the rules
of those features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from services.settlement.calculation.rules.quote import Quote
from services.settlement.looks.rules import Answers
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.errors import IllegalTransition, WithdrawnByStep
from services.settlement.remedies.rules.events import (
    RemedyAccepted,
    RemedyEvent,
    RemedyOffered,
    RemedyQuoted,
    RemedyQuoteExpired,
    RemedyRejected,
    RemedyWithdrawn,
)
from services.settlement.remedies.rules.states import ALLOWED_FROM, State, Transition
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.settlement.model.section import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A tax certificate that was handed in."""

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
    performers: Mapping[str, str] = field(default_factory=dict)
    """Who quoted, offered and accepted it: action to subject."""
    awaited: tuple[str, ...] = ()
    """The roles that have to approve it now; none of a remedy that is not accepted."""
    looks: Mapping[str, Answers] = field(default_factory=dict)
    """What looks at other remedies answered, by the action that was decided with them: the newest of each action."""
    withdrawal: Withdrawal | None = None
    """The first step of the case that was to end it; it did where the state says so."""

    def looks_before(self, *actions: str) -> tuple[Answers, ...]:
        """The answers of those of `actions` that took any, in that order."""
        return tuple(self.looks[action] for action in actions if action in self.looks)

    def performed_by(self, action: str) -> frozenset[str]:
        """The subjects that did `action` with the remedy; several only approve."""
        if action == "approve":
            return frozenset(approval.subject for approval in self.approvals)
        return frozenset({self.performers[action]}) if action in self.performers else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The remedy afterwards, and the events that led there."""

    remedy: Remedy
    events: tuple[RemedyEvent, ...]


def quoted(remedy: Remedy, *, actor: Actor) -> Change:
    """A new quote."""
    return changed(_performed(remedy, "quote", actor), RemedyQuoted(expires_at=remedy.expires_at))


def offer(remedy: Remedy, *, number: int, actor: Actor) -> Change:
    """Put the quote to the customer, in round `number`."""
    require_transition(remedy, Transition.OFFER)
    after = replace(remedy, state=State.OFFERED, round=number)
    return changed(_performed(after, "offer", actor), RemedyOffered())


def accept(remedy: Remedy, *, consent: bool | None, remaining: tuple[str, ...], actor: Actor) -> Change:
    """The customer agrees; `consent` where the rule asks for it expressly, `remaining` roles approve next."""
    require_transition(remedy, Transition.ACCEPT)
    after = replace(remedy, state=State.ACCEPTED, consent=consent, awaited=remaining)
    return changed(_performed(after, "accept", actor), RemedyAccepted(remaining=remaining))


def reject(remedy: Remedy, *, final: bool, reason: str) -> Change:
    """The customer refuses."""
    require_transition(remedy, Transition.REJECT)
    after = replace(remedy, state=State.REJECTED, final=final, reason=reason)
    return changed(after, RemedyRejected(final=final))


def expire(remedy: Remedy) -> Change:
    """The quote's time ended without an acceptance."""
    require_transition(remedy, Transition.EXPIRE)
    return changed(replace(remedy, state=State.EXPIRED), RemedyQuoteExpired())


def withdraw(remedy: Remedy, withdrawal: Withdrawal) -> Change:
    """A step of the case ends it, before anything of it was paid or released."""
    require_transition(remedy, Transition.WITHDRAW)
    after = replace(remedy, state=State.WITHDRAWN, withdrawal=withdrawal, awaited=())
    return changed(after, RemedyWithdrawn(withdrawal=withdrawal))


def require_transition(remedy: Remedy, transition: Transition) -> None:
    """Raise WithdrawnByStep, or IllegalTransition where the remedy's state does not allow `transition`."""
    if remedy.state is State.WITHDRAWN and remedy.withdrawal is not None:
        raise WithdrawnByStep(remedy.withdrawal, transition=transition)
    if remedy.state not in ALLOWED_FROM[transition]:
        raise IllegalTransition(state=remedy.state, transition=transition, cite=remedy.cite)


def _performed(remedy: Remedy, action: str, actor: Actor) -> Remedy:
    return replace(remedy, performers={**remedy.performers, action: actor.subject})


def changed(remedy: Remedy, *events: RemedyEvent) -> Change:
    """`remedy` with its version raised by each of `events`."""
    return Change(remedy=replace(remedy, version=remedy.version + len(events)), events=events)
