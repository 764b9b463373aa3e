"""Extension of a due instant: one person requests it with an opinion, another of the approving role decides.

Only a granted request moves the due instant and counts against the rule's limit (ADR 0027 A74). Granted
after the due instant, the breach stays and the clock goes on, reported as extended late (ADR 0027 A73).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.instants import instant, micros
from services.sla.clocks.rules.clock import Change, Clock, Mark, Status, Why
from services.sla.clocks.rules.events import Event, Extended, ExtensionRejected, ExtensionRequested
from services.sla.clocks.rules.transitions import mark, record_missed_breach
from services.sla.extensions.rules.errors import (
    ClockNotRunning,
    DueNotLater,
    DueRequired,
    ExtensionAfterBreach,
    ExtensionDecided,
    ExtensionExhausted,
    ExtensionNotAllowed,
    ExtensionPending,
    ExtensionTooLong,
    FourEyes,
    OpinionRequired,
    RoleForbidden,
)
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text
from shared.packs.sla.model.clocks import Clock as ClockRule


class ExtensionState(StrEnum):
    """`lapsed`: the clock ended before the request was decided."""

    PENDING = "pending"
    GRANTED = "granted"
    REJECTED = "rejected"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionTerms:
    """What the pack allows."""

    requires_opinion: bool
    approver_role: str
    max_count: int
    max_requests: int | None
    max_days: int | None
    after_breach: bool
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One request and its outcome."""

    org: OrgId
    case_id: CaseId
    clock_id: str
    extension_id: str
    state: ExtensionState
    opinion: str
    evidence: tuple[str, ...]
    due_at_then: datetime
    proposed_due_at: datetime
    approver_role: str
    requested_by: str
    requested_at: datetime
    cite: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    granted_due_at: datetime | None = None
    after_breach: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request as its author states it."""

    extension_id: str
    opinion: str
    evidence: tuple[str, ...]
    proposed_due_at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the approver decides: the due instant that a grant sets, and when to warn before it."""

    approve: bool
    due_at: datetime
    warn_at: tuple[datetime, ...]
    reason: str
    actor: Actor


def may_end_extendable_clock(rules: Sequence[ClockRule], milestones: Sequence[str], *, facts_changed: bool) -> bool:
    """Whether an event with these milestones can end a clock whose rule allows extensions."""
    extendable = [rule for rule in rules if rule.extension is not None]
    return any(facts_changed or not {*rule.stop, *rule.cancel_on}.isdisjoint(milestones) for rule in extendable)


def extension_terms(rule: ClockRule) -> ExtensionTerms:
    """What the clock's rule allows by way of extension. Raises ExtensionNotAllowed when it allows none."""
    allowed = rule.extension
    if allowed is None:
        raise ExtensionNotAllowed(cite=rule.cite)
    return ExtensionTerms(
        requires_opinion=allowed.requires_opinion,
        approver_role=allowed.approver_role,
        max_count=allowed.max_count,
        max_requests=allowed.max_requests,
        max_days=allowed.max_days,
        after_breach=allowed.after_breach == "allow",
        cite=allowed.cite,
    )


def due_instant(*, on: date | None, at: datetime | None, calendar: Calendar, cite: str) -> datetime | None:
    """A due instant as people state it: a day ends at its last closing. None when neither is given.

    Raises DueRequired when both are, and NotAWorkingDay.
    """
    if on is not None and at is not None:
        raise DueRequired(cite=cite)
    return instant(calendar.end_of_date(on)) if on is not None else at


def request_extension(
    clock: Clock,
    request: Request,
    *,
    terms: ExtensionTerms,
    earlier: Sequence[Extension],
    calendar: Calendar,
    now: datetime,
) -> tuple[Extension, Change]:
    """A pending request. Raises what the terms refuse, each with the rule's citation."""
    require_running(clock, cite=terms.cite)
    late = record_missed_breach(clock, at=now)
    if late.clock.breach is not None and not terms.after_breach:
        raise ExtensionAfterBreach(cite=terms.cite)
    _require_count(earlier, terms=terms)
    if terms.requires_opinion and not request.opinion.strip():
        raise OpinionRequired(cite=terms.cite, fields={"missing": ["opinion"]})
    _require_later(clock, request.proposed_due_at, terms=terms, calendar=calendar)
    extension = Extension(
        org=clock.org,
        case_id=clock.case_id,
        clock_id=clock.clock_id,
        extension_id=request.extension_id,
        state=ExtensionState.PENDING,
        opinion=request.opinion,
        evidence=request.evidence,
        due_at_then=clock.due_at,
        proposed_due_at=request.proposed_due_at,
        approver_role=terms.approver_role,
        requested_by=request.actor.subject,
        requested_at=now,
        cite=terms.cite,
    )
    asked = ExtensionRequested(
        due_at=clock.due_at,
        cite=terms.cite,
        extension_id=extension.extension_id,
        proposed_due_at=extension.proposed_due_at,
        approver_role=extension.approver_role,
        actor=request.actor,
    )
    return extension, _announced(late, late.clock, asked)


def decide_extension(
    clock: Clock, extension: Extension, decision: Decision, *, terms: ExtensionTerms, calendar: Calendar, now: datetime
) -> tuple[Extension, Change]:
    """The decided request, and the clock with its new due instant when granted."""
    require_decidable(extension, actor=decision.actor, cite=terms.cite)
    require_running(clock, cite=terms.cite)
    late = record_missed_breach(clock, at=now)
    decided = replace(extension, decided_by=decision.actor.subject, decided_at=now, reason=decision.reason)
    if not decision.approve:
        rejected = ExtensionRejected(
            due_at=clock.due_at, cite=terms.cite, extension_id=extension.extension_id, actor=decision.actor
        )
        return replace(decided, state=ExtensionState.REJECTED), _announced(late, late.clock, rejected)
    _require_later(clock, decision.due_at, terms=terms, calendar=calendar)
    after_breach = late.clock.breach is not None
    if after_breach and not terms.after_breach:
        raise ExtensionAfterBreach(cite=terms.cite)
    granted = replace(decided, state=ExtensionState.GRANTED, granted_due_at=decision.due_at, after_breach=after_breach)
    return granted, _extended(late, granted, decision, now=now)


def _extended(late: Change, granted: Extension, decision: Decision, *, now: datetime) -> Change:
    clock = mark(late.clock, Mark.EXTENDED_LATE)
    target = clock.dated()
    moved = replace(
        target,
        generation=target.generation + 1,
        due_at=decision.due_at,
        granted_due_at=decision.due_at,
        warn_at=tuple(at for at in decision.warn_at if at > now),
        set_at=now,
        why=Why.EXTENSION,
        extension_id=granted.extension_id,
        cite=granted.cite,
    )
    event = Extended(
        due_at=decision.due_at,
        cite=granted.cite,
        extension_id=granted.extension_id,
        original_due_at=target.original_due_at,
        after_breach=granted.after_breach,
        actor=decision.actor,
    )
    return _announced(late, replace(clock, target=moved), event)


def _announced(late: Change, clock: Clock, event: Event) -> Change:
    return Change(clock=replace(clock, version=clock.version + 1), events=(*late.events, event))


def require_decidable(extension: Extension, *, actor: Actor, cite: str) -> None:
    """Raises ExtensionDecided, RoleForbidden or FourEyes when `actor` may not decide it."""
    match extension.state:
        case ExtensionState.PENDING:
            if extension.approver_role not in actor.roles:
                raise RoleForbidden(cite=cite, fields={"roles": [extension.approver_role]})
            if actor.subject == extension.requested_by:
                raise FourEyes(cite=cite)
        case ExtensionState.GRANTED | ExtensionState.REJECTED | ExtensionState.LAPSED:
            raise ExtensionDecided(cite=cite, fields={"state": extension.state.value})


def require_running(clock: Clock, *, cite: str) -> None:
    """Raises ClockNotRunning."""
    match clock.status:
        case Status.RUNNING:
            return
        case Status.UNDATED | Status.PAUSED | Status.MET | Status.MISSED | Status.CANCELLED:
            raise ClockNotRunning(cite=cite, fields={"status": clock.status.value})


def _require_count(earlier: Sequence[Extension], *, terms: ExtensionTerms) -> None:
    granted = sum(1 for extension in earlier if extension.state is ExtensionState.GRANTED)
    if granted >= terms.max_count:
        raise ExtensionExhausted(cite=terms.cite, fields={"granted": granted, "max_count": terms.max_count})
    if terms.max_requests is not None and len(earlier) >= terms.max_requests:
        raise ExtensionExhausted(
            cite=terms.cite, fields={"requested": len(earlier), "max_requests": terms.max_requests}
        )
    if any(extension.state is ExtensionState.PENDING for extension in earlier):
        raise ExtensionPending(cite=terms.cite)


def _require_later(clock: Clock, due_at: datetime, *, terms: ExtensionTerms, calendar: Calendar) -> None:
    if due_at <= clock.due_at:
        raise DueNotLater(cite=terms.cite, fields={"due_at": instant_text(clock.due_at)})
    if terms.max_days is None:
        return
    latest = instant(calendar.end_of_day(micros(clock.due_at) - 1, terms.max_days))
    if due_at > latest:
        raise ExtensionTooLong(cite=terms.cite, fields={"latest": instant_text(latest), "max_days": terms.max_days})
