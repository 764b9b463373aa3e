"""What one case contributes to one indicator.

A case counts once per indicator, at the last time it reached the counted milestone. What was measured for that time
stays: a later message does not undo one that was sent within the limit, nor a later acceptance the days of a case
that had closed. Days are calendar days in the zone, the first one not counted, like the days of a clock: a
case that meets a clock of 15 days took at most 15 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.counting import due_at
from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.rules.instants import instant
from services.sla.calendars.rules.intervals import local_midnight
from services.sla.cases.rules import Case, Reached
from shared.kernel.ids import CaseId, OrgId
from shared.packs.language.durations import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How long a case may take to be done."""

    duration: Duration
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Which milestones an indicator looks at; days are those of `zone`."""

    indicator: str
    counted: tuple[str, ...]
    begun: str | None
    done: str | None
    limit: Limit | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One case in one indicator. It is part of the number while it `counts`; `at` says in which period.

    `undated`: whether the case is done in time is not known yet, because the calendar of the limit is not confirmed.
    """

    org: OrgId
    pack: str
    indicator: str
    case_id: CaseId
    at: datetime
    counts: bool
    days: int | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    done: bool = False
    undated: bool = False
    groups: tuple[str, ...] = ()
    amount: Decimal | None = None
    """What a sum adds up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByFacts:
    """What the facts of the case say of its figure: whether it counts, in which groups, with which amount."""

    counts: bool
    groups: tuple[str, ...] = ()
    amount: Decimal | None = None


def last_reached(case: Case, milestones: Sequence[str]) -> Reached | None:
    """The last time that the case reached one of them; None before it reached any."""
    reached = (case.milestones[name] for name in milestones if name in case.milestones)
    return max(reached, key=lambda each: (each.at, each.seq), default=None)


def figure(case: Case, measured: Measured, previous: Figure | None, *, by: ByFacts) -> Figure | None:
    """The case's figure as its milestones stand; None before the counted one. `previous` is what was stored."""
    counted = last_reached(case, measured.counted)
    if counted is None:
        return None
    kept = previous if previous is not None and previous.at == counted.at else None
    days = _days(case, measured, counted, kept)
    done_at = _done_at(case, measured, counted, kept)
    due, known_until = _due(measured, counted, kept)
    surely = done_at is not None and known_until is not None and done_at <= known_until
    undated = known_until is not None and not surely
    return Figure(
        org=case.org,
        pack=case.pack,
        indicator=measured.indicator,
        case_id=case.case_id,
        at=counted.at,
        counts=by.counts and (measured.begun is None or days is not None),
        days=days,
        due_at=due,
        done_at=done_at,
        done=done_at is not None and not undated and (due is None or done_at <= due),
        undated=undated,
        groups=by.groups,
        amount=by.amount,
    )


def _days(case: Case, measured: Measured, counted: Reached, kept: Figure | None) -> int | None:
    if measured.begun is None or (kept is not None and kept.days is not None):
        return kept.days if kept is not None else None
    begun = case.milestones.get(measured.begun)
    if begun is None or begun.at > counted.at:
        return None
    return (counted.at.astimezone(measured.zone).date() - begun.at.astimezone(measured.zone).date()).days


def _done_at(case: Case, measured: Measured, counted: Reached, kept: Figure | None) -> datetime | None:
    if measured.done is None or (kept is not None and kept.done_at is not None):
        return kept.done_at if kept is not None else None
    done = case.milestones.get(measured.done)
    return done.at if done is not None and done.at >= counted.at else None


def _due(measured: Measured, counted: Reached, kept: Figure | None) -> tuple[datetime | None, datetime | None]:
    """The due instant; without one, until when the calendar is known (what is done by then is in time)."""
    limit = measured.limit
    if limit is None or (kept is not None and kept.due_at is not None):
        return (kept.due_at if kept is not None else None), None
    try:
        return due_at(limit.duration, calendar=limit.calendar, started_at=counted.at), None
    except CalendarUnconfirmed:
        spec = limit.calendar.spec
        return None, instant(local_midnight(limit.calendar.zone, spec.last_on + timedelta(days=1)))
