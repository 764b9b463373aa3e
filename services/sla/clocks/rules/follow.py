"""What an event of a case makes of its clocks, as a function of values: nothing is read, stored or logged here.

Every rule of the pack is followed in its order: its open clock first, by the milestones in their order and then by the
facts and the type of the case; after it a clock that begins. A case that became one of another type stops the clocks of
rules for its former type as superseded; those of rules for both go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.rules.from_pack import Calendars
from services.sla.cases.rules import Case, CaseEvent, Evaluation, Note
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.begin import NO_LONGER_APPLIES, SUPERSEDED, Beginning, began, dated
from services.sla.clocks.rules.clock import Change, Clock, Status
from services.sla.clocks.rules.plan import plan
from services.sla.clocks.rules.terms import applies, chosen, concerns, terms_of_target
from services.sla.clocks.rules.waits import end_known, end_waits, opens
from shared.packs.sla.model.clocks import Clock as ClockRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """A pack's clock rules with the calendars, and the id for a clock that each rule may begin."""

    rules: Sequence[ClockRule]
    calendars: Calendars
    new_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A clock before the event (None: it begins) and what the event made of it."""

    before: Clock | None
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The clocks that the event changed, and what could not be worked out."""

    moves: tuple[Move, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One rule at one event."""

    rule: ClockRule
    event: CaseEvent
    evaluation: Evaluation


def follow(case: Case, event: CaseEvent, clocks: Sequence[Clock], rules: ClockRules) -> Followed:
    """The clocks after the event. `case` is the case after it, `clocks` are all that it ever had."""
    evaluation = Evaluation(case)
    moves: list[Move] = []
    for rule in rules.rules:
        step = _Step(rule=rule, event=event, evaluation=evaluation)
        own = [clock for clock in clocks if clock.rule == rule.id]
        moved = [Move(before=clock, change=_moved(step, clock, rules.calendars)) for clock in own if clock.is_open]
        ended = [clock for clock in own if not clock.is_open]
        new = Beginning(
            rule=rule, clock_id=rules.new_ids[rule.id], calendars=rules.calendars, recorded_at=event.recorded_at
        )
        begun = began(new, evaluation, [*(move.change.clock for move in moved), *ended])
        moves += moved if begun is None else [*moved, Move(before=None, change=begun)]
    changed = tuple(move for move in moves if move.before != move.change.clock)
    return Followed(moves=changed, notes=evaluation.notes)


def _moved(step: _Step, clock: Clock, known: Calendars) -> Change:
    """An open clock after the event: milestones in their order, then the goal that the facts call for."""
    calendars = known.pinned(clock.calendars)
    change = Change(clock=clock)
    for name in step.event.milestones:
        if change.clock.is_open:
            change = _then(change, _at_milestone(step, change.clock, name, calendars))
    if change.clock.is_open and step.event.facts is not None:
        change = _then(change, _at_facts(step, change.clock, calendars))
    return change


def _then(first: Change, second: Change) -> Change:
    return Change(clock=second.clock, events=(*first.events, *second.events))


def _at_milestone(step: _Step, clock: Clock, name: str, calendars: Mapping[str, Calendar]) -> Change:
    rule, at = step.rule, step.event.at
    if name in rule.stop:
        return transitions.stop(clock, at=at, event=name)
    if name in rule.cancel_on:
        return transitions.cancel(clock, at=at, event=name)
    return _waited(step, clock, name, calendars)


def _waited(step: _Step, clock: Clock, name: str, calendars: Mapping[str, Calendar]) -> Change:
    """The clock with the reason that the event opens, without those that it closes, whichever became known first."""
    rule, at = step.rule, step.event.at
    change = Change(clock=clock)
    if opens(rule, clock, name):
        change = transitions.pause(clock, at=at, event=name)
        change = replace(change, clock=end_known(rule, change.clock, step.evaluation.case, event=name))
    ended = end_waits(rule, change.clock, at=at, event=name)
    if ended.status is Status.PAUSED and not ended.waiting:
        return _then(change, _resumed(step, ended, calendars))
    return replace(change, clock=ended)


def _resumed(step: _Step, ended: Clock, calendars: Mapping[str, Calendar]) -> Change:
    """A clock that waits for nothing any more, dated anew."""
    at = step.event.at
    terms = terms_of_target(step.rule, ended.dated(), calendars)
    try:
        planned = plan(terms, started_at=ended.started_at, pauses=ended.pauses, warn=step.rule.warn)
    except CalendarUnconfirmed as unconfirmed:
        return _undated(step, ended, unconfirmed)
    return transitions.resume(ended, planned, at=at)


def _at_facts(step: _Step, clock: Clock, calendars: Mapping[str, Calendar]) -> Change:
    if not concerns(step.rule, step.evaluation.case):
        return transitions.cancel(clock, at=step.event.at, event=SUPERSEDED)
    if not applies(step.rule, step.evaluation):
        return transitions.cancel(clock, at=step.event.recorded_at, event=NO_LONGER_APPLIES)
    try:
        return _retargeted(step, clock, calendars)
    except CalendarUnconfirmed as unconfirmed:
        return _undated(step, clock, unconfirmed)


def _retargeted(step: _Step, clock: Clock, calendars: Mapping[str, Calendar]) -> Change:
    """The clock under the goal that the facts call for; unchanged when that is the present one or there is none."""
    rule, evaluation, recorded_at = step.rule, step.evaluation, step.event.recorded_at
    if clock.status is Status.UNDATED:
        dating = dated(clock, rule, evaluation, calendars)
        return transitions.start(*dating, at=recorded_at) if dating is not None else Change(clock=clock)
    terms = chosen(rule, evaluation, calendars, started_at=clock.started_at)
    target = clock.dated()
    if terms is None or (terms.goal, terms.stated) == (target.goal, target.stated):
        return Change(clock=clock)
    planned = plan(terms, started_at=clock.started_at, pauses=clock.pauses, warn=rule.warn)
    return transitions.retarget(clock, planned, at=recorded_at, keep_breach=rule.keep_breach)


def _undated(step: _Step, clock: Clock, unconfirmed: CalendarUnconfirmed) -> Change:
    step.evaluation.note("clock.undated", reason=unconfirmed.detail, clock_id=clock.clock_id)
    return transitions.undate(clock)
